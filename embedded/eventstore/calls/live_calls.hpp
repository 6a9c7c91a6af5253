// The calls that are being served, so that a stopping server can
// end them instead of waiting for clients that never hang up.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace weir::embedded::eventstore {

class LiveCall {
 public:
  virtual ~LiveCall() = default;
  // The server stops: finish what is acknowledged soon, then end the call. From any thread, once.
  virtual void shut_down() = 0;
};

// Lifetime: outlives the calls. Executor: any thread. Cancellation, Errors: none.
class LiveCalls {
 public:
  // A call enters when it begins and leaves when it is over. False: the server is stopping, the call must end at once.
  bool enter(const std::shared_ptr<LiveCall>& call) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    calls_.emplace(call.get(), call);
    return true;
  }
  void leave(const LiveCall* call) {
    const std::lock_guard lock(mutex_);
    calls_.erase(call);
  }
  void shut_down() {
    std::vector<std::shared_ptr<LiveCall>> calls;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const auto& [key, weak] : calls_) {
        if (std::shared_ptr<LiveCall> call = weak.lock()) calls.push_back(std::move(call));
      }
    }
    for (const std::shared_ptr<LiveCall>& call : calls) call->shut_down();
  }

  // For the statistics.
  std::atomic<std::uint64_t> subscriptions{0};
  std::atomic<std::uint64_t> acknowledged{0};

 private:
  std::mutex mutex_;
  bool stopping_ = false;
  std::unordered_map<const LiveCall*, std::weak_ptr<LiveCall>> calls_;
};

}  // namespace weir::embedded::eventstore
