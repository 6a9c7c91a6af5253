#include "embedded/broker/timers.hpp"

namespace weir::embedded::broker {

Timers::Id Timers::at(TimePoint when, std::function<void()> callback) {
  const Id id = ++last_;
  const bool earlier = queue_.empty() || when < queue_.begin()->first.first;
  queue_.emplace(Key(when, id), std::move(callback));
  when_.emplace(id, when);
  if (earlier && earlier_) earlier_();
  return id;
}

void Timers::cancel(Id id) {
  const auto found = when_.find(id);
  if (found == when_.end()) return;
  queue_.erase(Key(found->second, id));
  when_.erase(found);
}

std::optional<TimePoint> Timers::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first.first;
}

void Timers::run_due() {
  const TimePoint now = clock_.now();
  while (!queue_.empty() && queue_.begin()->first.first <= now) {
    auto node = queue_.extract(queue_.begin());
    when_.erase(node.key().second);
    node.mapped()();
  }
}

}  // namespace weir::embedded::broker
