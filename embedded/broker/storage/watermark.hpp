// Watermark: who waits for a log's data to be durable, and who watches it.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace weir::embedded::broker::storage {

// Lifetime: callbacks that still wait in the destructor are called with kafka_storage_error. Executor: the broker's
// thread; callbacks may come back into the log that owns this, and add and drop others. Cancellation: a watcher's
// ticket. Errors: none.
class Watermark {
 public:
  Watermark() = default;
  ~Watermark();
  Watermark(const Watermark&) = delete;
  Watermark& operator=(const Watermark&) = delete;

  Offset value() const { return value_; }
  void reset(Offset value) { value_ = value; }
  // Moves up to `value` (never down), calls those who waited for that, then the watchers.
  void raise(Offset value);
  void when_reached(Offset end, PartitionLog::Durable done);
  // Nobody needs to wait any longer: `error` is the answer to all, now and later.
  void fail(wire::ErrorCode error);

  PartitionLog::Ticket watch(std::function<void()> changed);
  void notify();

 private:
  struct Waiter {
    Offset end = 0;
    PartitionLog::Durable done;
  };
  using Watcher = std::function<void()>;

  Offset value_ = 0;
  wire::ErrorCode error_ = wire::ErrorCode::none;
  std::deque<Waiter> waiters_;  // by end
  std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace weir::embedded::broker::storage
