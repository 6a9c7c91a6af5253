#include "testkit/lifeline.hpp"

#include <algorithm>
#include <utility>

namespace weir::testkit {

bool Lifeline::enter(CallKind kind, std::string target) {
  if (cut_) return false;
  const std::size_t number = ++by_kind_[static_cast<std::size_t>(kind)];
  calls_.push_back(Call{kind, std::move(target), calls_.size(), number});
  return !dies_here(calls_.back(), CrashAt::before_apply);
}

bool Lifeline::leave(std::size_t index) {
  return !cut_ && !dies_here(calls_[index], CrashAt::after_apply);
}

bool Lifeline::dies_here(const Call& call, CrashAt at) {
  if (!when_ || !when_(call, at)) return false;
  died_at_ = describe_crash(call, at);
  cut();
  return true;
}

void Lifeline::cut() {
  if (std::exchange(cut_, true)) return;
  if (on_cut_) on_cut_();
}

std::size_t Lifeline::most_messages(std::size_t max) const {
  const auto next = at_message_.upper_bound(messages_);
  return next == at_message_.end() ? max : std::min<std::size_t>(max, next->first - messages_);
}

void Lifeline::count_messages(std::size_t brought) {
  messages_ += brought;
  while (!at_message_.empty() && at_message_.begin()->first <= messages_) {
    const std::function<void()> what = std::move(at_message_.begin()->second);
    at_message_.erase(at_message_.begin());
    what();
  }
}

Task<void> Lifeline::for_ever() {
  for (;;) co_await never_.wait();
}

}  // namespace weir::testkit
