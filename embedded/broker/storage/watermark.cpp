#include "embedded/broker/storage/watermark.hpp"

#include <algorithm>

namespace weir::embedded::broker::storage {

Watermark::~Watermark() {
  for (const Waiter& waiter : std::exchange(waiters_, {})) waiter.done(wire::ErrorCode::kafka_storage_error);
}

void Watermark::raise(Offset value) {
  if (value <= value_) return;
  value_ = value;
  const auto above = std::ranges::upper_bound(waiters_, value, {}, &Waiter::end);
  // Out of the list first: a callback may add to it.
  std::vector<Waiter> due(std::make_move_iterator(waiters_.begin()), std::make_move_iterator(above));
  waiters_.erase(waiters_.begin(), above);
  for (const Waiter& waiter : due) waiter.done(wire::ErrorCode::none);
  notify();
}

void Watermark::when_reached(Offset end, PartitionLog::Durable done) {
  if (error_ != wire::ErrorCode::none) {
    done(error_);
  } else if (end <= value_) {
    done(wire::ErrorCode::none);
  } else {
    const auto place = std::ranges::upper_bound(waiters_, end, {}, &Waiter::end);
    waiters_.insert(place, {end, std::move(done)});
  }
}

void Watermark::fail(wire::ErrorCode error) {
  error_ = error;
  for (const Waiter& waiter : std::exchange(waiters_, {})) waiter.done(error);
  notify();
}

PartitionLog::Ticket Watermark::watch(std::function<void()> changed) {
  std::erase_if(watchers_, [](const std::weak_ptr<Watcher>& watcher) { return watcher.expired(); });
  auto watcher = std::make_shared<Watcher>(std::move(changed));
  watchers_.push_back(watcher);
  return watcher;
}

void Watermark::notify() {
  if (watchers_.empty()) return;
  const std::vector<std::weak_ptr<Watcher>> now = watchers_;
  for (const std::weak_ptr<Watcher>& each : now) {
    if (const std::shared_ptr<Watcher> watcher = each.lock()) (*watcher)();
  }
}

}  // namespace weir::embedded::broker::storage
