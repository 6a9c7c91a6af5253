// What the admin port asks of the program that it serves, and how it waits for the answers.
#pragma once

#include "pipeline/base/with_timeout.hpp"
#include "pipeline/control/reload_outcome.hpp"
#include "pipeline/control/summary.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::admin {

// Takes the answer to one question: called at most once, on any thread. Never called: the program is ending, or stuck.
template <class T>
using Answer = std::function<void(T)>;

struct ReloadState {
  bool busy = false;
  std::vector<std::string> waiting_for;  // why the one that runs still waits
  std::optional<ReloadOutcome> last;
};

// Each is called on the port's executor and returns at once. An answer lives no longer than the port's executor.
struct Actions {
  std::function<void(Answer<Summary>)> summary;
  std::function<void(Answer<std::string>)> config;  // the configuration that runs, secrets masked (I10)
  // Pauses a pipeline, or lets it go on. not_found: there is none of that name; others: why it cannot be done now.
  std::function<void(std::string pipeline, bool pause, Answer<Result<void>>)> pause;
  std::function<void(std::string trigger, Answer<ReloadOutcome>)> reload;
  std::function<void(Answer<ReloadState>)> reload_state;
};

namespace detail {

template <class T>
struct Waiting {
  explicit Waiting(const Executor& executor) : home(executor), answered(executor) {}
  Executor home;
  Signal answered;
  std::optional<T> answer;
};

template <class T>
void take(const std::shared_ptr<Waiting<T>>& waiting, T answer) {
  boost::asio::post(waiting->home, [waiting, answer = std::move(answer)]() mutable {
    waiting->answer.emplace(std::move(answer));
    waiting->answered.notify_all();
  });
}

// The other half of what is waited for. No coroutine: see the house rules.
template <class T>
Answer<T> answer_into(std::shared_ptr<Waiting<T>> waiting) {
  return [waiting = std::move(waiting)](T answer) {
    take(waiting, std::move(answer));
  };
}

}  // namespace detail

// The answer, or nothing when `patience` has passed without one; a later one is dropped.
template <class T>
Task<std::optional<T>> ask(Executor home, Clock& clock, Duration patience, std::function<void(Answer<T>)> question) {
  const auto waiting = std::make_shared<detail::Waiting<T>>(home);
  question(detail::answer_into(waiting));
  const TimePoint until = clock.now() + patience;
  while (!waiting->answer && clock.now() < until) {
    const Duration left = until - clock.now();
    co_await wait_or_timeout(waiting->answered, clock, left);
  }
  co_return std::move(waiting->answer);
}

}  // namespace weir::admin
