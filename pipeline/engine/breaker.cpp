#include "pipeline/engine/breaker.hpp"

#include "pipeline/base/log.hpp"

#include <algorithm>

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

Breaker::Hold Breaker::hold(const Error& reason, State state) {
  std::uint64_t id = 0;
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    const auto is_as_bad = [state](const auto& entry) {
      return entry.second.state >= state;
    };
    first = std::none_of(holds_.begin(), holds_.end(), is_as_bad);
    id = next_id_++;
    holds_.emplace(id, Held{state, reason.message()});
    gauge_.set(1);
  }
  if (first) {
    const bool paused = state == State::paused;
    const std::string_view what =
        paused ? "the pipeline is paused and keeps trying" : "the pipeline waits and keeps trying";
    const log::Fields fields = {{"pipeline", pipeline_},
                                {"component", name_},
                                {"error_class", to_string(reason.code())},
                                {"error", reason.message()}};
    paused ? log::error(what, fields) : log::warn(what, fields);
  }
  return Hold(*this, id);
}

void Breaker::let_go(std::uint64_t id) {
  bool closed = false;
  State was = State::paused;
  {
    const std::lock_guard lock(mutex_);
    const auto found = holds_.find(id);
    was = found->second.state;
    holds_.erase(found);
    closed = holds_.empty();
    if (closed) gauge_.set(0);
  }
  if (!closed || !talks_.load(std::memory_order_relaxed)) return;
  log::info(was == State::paused ? "no longer paused" : "no longer waiting",
            {{"pipeline", pipeline_}, {"component", name_}});
}

std::optional<std::string> Breaker::reason() const {
  const std::lock_guard lock(mutex_);
  if (holds_.empty()) return std::nullopt;
  return name_ + ": " + holds_.rbegin()->second.reason;
}

std::optional<Breaker::State> Breaker::state() const {
  const std::lock_guard lock(mutex_);
  std::optional<State> worst;
  for (const auto& [id, held] : holds_) worst = std::max(worst, std::optional(held.state));
  return worst;
}

}  // namespace weir
