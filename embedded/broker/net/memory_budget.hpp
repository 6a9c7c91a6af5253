// MemoryBudget: bounds what all connections together hold in memory.
#pragma once

#include "pipeline/base/signal.hpp"

#include <cstdint>
#include <utility>

namespace weir::embedded::broker::net {

// Lifetime: outlives its shares. Executor: one. Cancellation: terminal, of acquire(). Errors: none.
class MemoryBudget {
 public:
  class Share {
   public:
    Share() = default;
    Share(MemoryBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->release(bytes_);
    }

   private:
    MemoryBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  MemoryBudget(const Executor& executor, std::uint64_t limit) : limit_(limit), freed_(executor) {}

  // Waits until there is room. When nothing is taken, any size is admitted: a large request cannot be stuck for ever.
  Task<Share> acquire(std::uint64_t bytes) {
    const Waiting waiting(*this);
    while (used_ > 0 && used_ + bytes > limit_) co_await freed_.wait();
    used_ += bytes;
    co_return Share(*this, bytes);
  }
  // Everybody is let through: the broker stops.
  void lift() {
    limit_ = ~std::uint64_t{0} >> 1;
    freed_.notify_all();
  }
  std::uint64_t used() const { return used_; }
  bool has_waiters() const { return waiters_ > 0; }

 private:
  struct Waiting {
    explicit Waiting(MemoryBudget& budget) : budget_(budget) { ++budget_.waiters_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { --budget_.waiters_; }
    MemoryBudget& budget_;
  };

  void release(std::uint64_t bytes) {
    used_ -= bytes;
    freed_.notify_all();
  }

  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::size_t waiters_ = 0;
  Signal freed_;
};

}  // namespace weir::embedded::broker::net
