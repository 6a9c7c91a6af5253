// Lifeline: what connects a simulated process with its world. Cut, and nothing passes any more. Private to this folder.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/signal.hpp"
#include "testkit/call.hpp"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::testkit {

// Counts what a process asks of its servers, and lets it die in the middle of it.
//
// Lifetime: shared by the clients of one process. Executor: the world's. Cancellation: terminal, of for_ever().
// Errors: dead().
class Lifeline {
 public:
  explicit Lifeline(const Executor& executor) : never_(executor) {}

  // Around every call. False: the process is dead; the call is not made, or its answer not heard.
  bool enter(CallKind kind, std::string target);
  bool leave(std::size_t index);
  std::size_t last() const { return calls_.size() - 1; }  // of the enter() just made

  void cut();
  bool is_cut() const { return cut_; }
  // Called once, when it is cut.
  void on_cut(std::function<void()> what) { on_cut_ = std::move(what); }
  // The process object goes: whoever holds the line still asks it nothing any more.
  void retire() {
    cut_ = true;
    on_cut_ = {};
    when_ = {};
    at_message_.clear();
  }
  void crash_when(CrashWhen when) { when_ = std::move(when); }
  void at_message(std::size_t count, std::function<void()> what) { at_message_.emplace(count, std::move(what)); }

  // How many messages a fetch may bring, of `max`: the next thing to happen at a message waits for no later one.
  std::size_t most_messages(std::size_t max) const;
  void count_messages(std::size_t brought);
  std::uint64_t messages() const { return messages_; }

  const std::vector<Call>& calls() const { return calls_; }
  const std::optional<std::string>& died_at() const { return died_at_; }

  // What a call of a dead process comes to. It may be tried again: whoever tears the process down stops that.
  static Error dead() { return Error(Errc::unavailable, "the process has crashed"); }
  // For a dead process that waits for news: there is none.
  Task<void> for_ever();

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(CallKind::write) + 1;
  bool dies_here(const Call& call, CrashAt at);

  bool cut_ = false;
  std::function<void()> on_cut_;
  CrashWhen when_;
  std::vector<Call> calls_;
  std::array<std::size_t, kKinds> by_kind_{};
  std::optional<std::string> died_at_;
  std::multimap<std::size_t, std::function<void()>> at_message_;
  std::uint64_t messages_ = 0;
  Signal never_;
};

}  // namespace weir::testkit
