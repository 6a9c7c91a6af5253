// Tells subscriptions that something was committed that may concern them.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::embedded::eventstore {

// Only a nudge: what was committed is read from the storage. So it holds no events and cannot overflow.
//
// Lifetime: outlives its registrations. Executor: any thread; wake functions are called by publish(), outside of any
// lock, and must not block. A wake function may still be called once after its registration is gone. Cancellation: drop
// the registration. Errors: none.
class CommitFeed {
 public:
  using Wake = std::function<void()>;

  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept
        : feed_(std::exchange(other.feed_, nullptr)), key_(std::move(other.key_)) {}
    Registration& operator=(Registration&& other) noexcept;
    ~Registration() { reset(); }
    void reset();

   private:
    friend class CommitFeed;
    using Key = std::multimap<std::string, std::shared_ptr<Wake>, std::less<>>::iterator;
    Registration(CommitFeed* feed, Key key) : feed_(feed), key_(key) {}
    CommitFeed* feed_ = nullptr;
    Key key_;
  };

  // Wakes on every commit to that stream; on every commit at all for the name "$all".
  [[nodiscard]] Registration listen(std::string_view stream, Wake wake);

  // Does anybody listen to single streams? Then publish() wants their names.
  bool wants_streams() const { return listeners_.load(std::memory_order_relaxed) != 0; }
  void publish(const std::vector<std::string>& streams);

 private:
  std::mutex mutex_;
  std::atomic<std::size_t> listeners_{0};
  std::multimap<std::string, std::shared_ptr<Wake>, std::less<>> by_stream_;
};

}  // namespace weir::embedded::eventstore
