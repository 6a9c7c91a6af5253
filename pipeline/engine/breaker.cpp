#include "pipeline/engine/breaker.hpp"

#include "pipeline/base/log.hpp"

namespace weir {

Breaker::Breaker(std::string pipeline, std::string name, Gauge& open)
    : pipeline_(std::move(pipeline)), name_(std::move(name)), gauge_(open) {}

Breaker::Hold& Breaker::Hold::operator=(Hold&& other) noexcept {
  if (this != &other) {
    release();
    breaker_ = std::exchange(other.breaker_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void Breaker::Hold::release() {
  if (breaker_ != nullptr) std::exchange(breaker_, nullptr)->let_go(id_);
}

Breaker::Hold Breaker::hold(const Error& reason) {
  std::uint64_t id = 0;
  bool opened = false;
  {
    const std::lock_guard lock(mutex_);
    opened = holds_.empty();
    id = next_id_++;
    holds_.emplace(id, reason.message());
    gauge_.set(1);
  }
  if (opened) {
    log::error("the pipeline is paused and keeps trying", {{"pipeline", pipeline_},
                                                           {"component", name_},
                                                           {"error_class", to_string(reason.code())},
                                                           {"error", reason.message()}});
  }
  return Hold(*this, id);
}

void Breaker::let_go(std::uint64_t id) {
  bool closed = false;
  {
    const std::lock_guard lock(mutex_);
    holds_.erase(id);
    closed = holds_.empty();
    if (closed) gauge_.set(0);
  }
  if (closed) log::info("no longer paused", {{"pipeline", pipeline_}, {"component", name_}});
}

std::optional<std::string> Breaker::reason() const {
  const std::lock_guard lock(mutex_);
  if (holds_.empty()) return std::nullopt;
  return name_ + ": " + holds_.rbegin()->second;
}

}  // namespace weir
