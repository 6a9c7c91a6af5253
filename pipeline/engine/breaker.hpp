// Breaker: says that something a pipeline needs does not work, so that the pipeline pauses and a person can see why.
#pragma once

#include "pipeline/base/metrics.hpp"
#include "pipeline/base/result.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace weir {

// A named breaker: open while anyone holds it. The lanes of a pipeline share it; a lane takes a Hold when its attempts
// are used up, goes on probing with the longest backoff, and lets go when the probe went well. (A lane that is not
// affected is not stopped: order and the bound of its window limit what it can do.) A lane that only waits, for a sink
// to open or to answer, holds it too, and says so: that is no failure yet.
//
// Lifetime: outlives its holds. Executor: any thread. Cancellation: a cancelled holder lets go by RAII. Errors: none.
class Breaker {
 public:
  // `name` as a person knows it: "sink 'events'". `open` is 1 while the breaker is open.
  Breaker(std::string pipeline, std::string name, Gauge& open);

  enum class State { waiting, paused };

  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept : breaker_(std::exchange(other.breaker_, nullptr)), id_(other.id_) {}
    Hold& operator=(Hold&& other) noexcept;
    ~Hold() { release(); }
    bool held() const { return breaker_ != nullptr; }
    void release();

   private:
    friend class Breaker;
    Hold(Breaker& breaker, std::uint64_t id) : breaker_(&breaker), id_(id) {}
    Breaker* breaker_ = nullptr;
    std::uint64_t id_ = 0;
  };

  // Opens it, or keeps it open with one more reason. Logged when it opens and when the last hold is gone.
  Hold hold(const Error& reason, State state = State::paused);
  // The pipeline stops: that the last hold goes is no news any more, for it goes because nobody tries on.
  void stop_talking() { talks_.store(false, std::memory_order_relaxed); }

  // "sink 'events': connection refused by 127.0.0.1:2113", the newest reason; nothing while closed.
  std::optional<std::string> reason() const;
  // Paused when anyone's attempts are used up; nothing while closed.
  std::optional<State> state() const;

 private:
  struct Held {
    State state;
    std::string reason;
  };
  void let_go(std::uint64_t id);

  const std::string pipeline_;
  const std::string name_;
  Gauge& gauge_;
  mutable std::mutex mutex_;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, Held> holds_;
  std::atomic<bool> talks_{true};
};

}  // namespace weir
