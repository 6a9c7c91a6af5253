#include "connectors/kafka/delivery_waits.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace weir::connectors::kafka {

void tell(std::unique_ptr<DeliveryWait> wait, Result<Offset> result) {
  const Executor executor = wait->executor;
  boost::asio::post(executor,
                    [done = std::move(wait->done), result = std::move(result)]() mutable { done(std::move(result)); });
}

DeliveryWaits::~DeliveryWaits() {
  while (first_ != nullptr) take(first_);
}

DeliveryWait* DeliveryWaits::add(std::unique_ptr<DeliveryWait> wait) {
  const std::lock_guard lock(mutex_);
  wait->behind_ = first_;
  if (first_ != nullptr) first_->before_ = wait.get();
  first_ = wait.release();
  return first_;
}

std::unique_ptr<DeliveryWait> DeliveryWaits::take(DeliveryWait* wait) {
  const std::lock_guard lock(mutex_);
  (wait->before_ == nullptr ? first_ : wait->before_->behind_) = wait->behind_;
  if (wait->behind_ != nullptr) wait->behind_->before_ = wait->before_;
  wait->before_ = wait->behind_ = nullptr;
  return std::unique_ptr<DeliveryWait>(wait);
}

std::size_t DeliveryWaits::tell_all(const Error& error) {
  DeliveryWait* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    next = std::exchange(first_, nullptr);
  }
  std::size_t count = 0;
  for (; next != nullptr; ++count) {
    std::unique_ptr<DeliveryWait> wait(next);
    next = wait->behind_;
    tell(std::move(wait), error);
  }
  return count;
}

}  // namespace weir::connectors::kafka
