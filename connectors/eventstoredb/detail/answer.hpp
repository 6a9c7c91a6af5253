// Answer: the bridge from a callback on any thread to a coroutine on its executor.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::connectors::eventstoredb::detail {

// A value that comes once, from any thread, and is awaited by at most one coroutine.
//
// Lifetime: shared by who sets it and who awaits it; the awaiting executor outlives the wait.
// Executor: set() on any thread; the wait ends on the awaiting coroutine's executor, never inside set().
// Cancellation: terminal; the wait ends with operation_aborted at once, `on_abandon` is called, a value that comes
// later is dropped. Errors: none of its own.
template <class T>
class Answer {
 public:
  using Value = Result<T>;
  using Handler = boost::asio::any_completion_handler<void(boost::system::error_code, Value)>;

  // Called (once, on the awaiting executor) when the waiting coroutine is cancelled. To be set before the wait.
  std::function<void()> on_abandon;

  // The first value counts, later ones are dropped.
  void set(Value value) {
    Executor executor;
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      finished_ = true;
      if (!handler_) {
        value_.emplace(std::move(value));
        return;
      }
      handler.swap(handler_);
      executor = std::move(executor_);
    }
    boost::asio::post(executor, Completion{std::move(handler), {}, std::move(value)});
  }

  void start_wait(Executor executor, Handler handler) {
    std::optional<Value> ready;
    {
      const std::lock_guard lock(mutex_);
      if (!finished_) {
        handler_.swap(handler);
        executor_ = std::move(executor);
        return;
      }
      ready = std::move(value_);
      value_.reset();
    }
    boost::asio::post(executor, Completion{std::move(handler), {}, std::move(*ready)});
  }

  void abandon() {
    Executor executor;
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      if (finished_ || !handler_) return;
      finished_ = true;
      handler.swap(handler_);
      executor = std::move(executor_);
    }
    if (on_abandon) on_abandon();
    Value none = Error(Errc::cancelled, "the call was cancelled");
    boost::asio::post(executor, Completion{std::move(handler), boost::asio::error::operation_aborted, std::move(none)});
  }

 private:
  struct Completion {
    Handler handler;
    boost::system::error_code code;
    Value value;
    void operator()() {
      auto slot = handler.get_cancellation_slot();
      if (slot.is_connected()) slot.clear();
      std::move(handler)(code, std::move(value));
    }
  };

  // Handlers are swapped, never move-assigned: in Boost 1.81 that recurses without end (any_completion_handler.hpp).
  std::mutex mutex_;
  bool finished_ = false;  // a value came, or the waiter went
  std::optional<Value> value_;
  Handler handler_;
  Executor executor_;
};

template <class T>
struct StartWait {
  std::shared_ptr<Answer<T>> answer;
  Executor executor;

  struct OnCancel {
    std::shared_ptr<Answer<T>> answer;
    void operator()(boost::asio::cancellation_type type) {
      if ((type & boost::asio::cancellation_type::terminal) != boost::asio::cancellation_type::none) answer->abandon();
    }
  };

  template <class Handler>
  void operator()(Handler&& handler) {
    // The erased handler has a cancellation slot of its own, fed by the original one.
    typename Answer<T>::Handler erased(std::forward<Handler>(handler));
    auto slot = erased.get_cancellation_slot();
    if (slot.is_connected()) slot.template emplace<OnCancel>(OnCancel{answer});
    answer->start_wait(executor, std::move(erased));
  }
};

template <class T>
auto async_wait(std::shared_ptr<Answer<T>> answer, Executor executor) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(boost::system::error_code, Result<T>)>(
      StartWait<T>{std::move(answer), std::move(executor)}, boost::asio::use_awaitable);
}

// The answer's value, when it comes.
template <class T>
Task<Result<T>> wait_for(std::shared_ptr<Answer<T>> answer) {
  Executor executor = co_await boost::asio::this_coro::executor;
  Result<T> value = co_await async_wait<T>(std::move(answer), std::move(executor));
  co_return value;
}

}  // namespace weir::connectors::eventstoredb::detail
