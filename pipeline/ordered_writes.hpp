// OrderedWrites: write(), forget() and close() for any sink, in order across failures and cancellation (I2).
//
// The author of a sink implements OrderedWrites::Sender, which says where a message goes and how a run of messages is
// sent, and hands the calls of Sink over to an OrderedWrites. All the rest is done here: which messages may be sent
// (OrderGate), whose verdict is whose, what becomes of a cancelled write and of what is forgotten.
#pragma once

#include "pipeline/order_gate.hpp"
#include "pipeline/sink.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Lifetime: a member of the sink, which outlives its write() calls and is closed before it is destroyed. Executor: the
// lane's. Cancellation: see write(). Errors: as the sender answers.
class OrderedWrites {
 public:
  class Run;
  class Sender;

  // `limits` bound one run; at most `most_runs` are out side by side, more wait.
  OrderedWrites(Sender& sender, OrderGate::Limits limits,
                std::size_t most_runs = std::numeric_limits<std::size_t>::max());
  ~OrderedWrites();
  OrderedWrites(const OrderedWrites&) = delete;
  OrderedWrites& operator=(const OrderedWrites&) = delete;

  // Sink::write. A message that fails fails those of the same write that wait behind it: the write could not end, nor the
  // failed one come again. (Two writes do not wait for each other: the runner's batches do not interleave.)
  // Cancelled, it ends at once: what has not been sent is withdrawn, what is out stays out. Both block their keys until
  // written again or forgotten, unless the run that is out succeeds after all; a message that is written again meanwhile,
  // or afterwards, has that run's outcome.
  Task<Result<WriteReport>> write(MessageRefs messages);
  // Sink::forget. A message that is out is forgotten when its run is settled.
  void forget(MessageRefs messages);
  // For Sink::look_up: what is known of these without asking anybody. `absent` what was never sent, or was refused;
  // `present` what was written after its write() had been cancelled; `unknown` what is out; `only_writing_tells` what was
  // sent and failed: a sink that can read looks for those.
  std::vector<Presence> look_up(MessageRefs messages) const;
  // Sink::close. The tasks of runs are cancelled and have ended on return; runs that are still out are given up. A
  // write() that is not over yet gets `failed` for what is left of it.
  Task<void> close();

  // Keys with anything out, waiting or blocked.
  std::size_t keys() const;

 private:
  class Core;
  struct Call;
  std::shared_ptr<Core> core_;  // runs hold it weakly: one that is settled late finds nothing
};

// What the author of a sink says.
//
// Lifetime: outlives the OrderedWrites (the sink is both, as a rule). Executor: the lane's. Errors: an exception of
// send() is a bug and fails the run; key_of() throws none.
class OrderedWrites::Sender {
 public:
  enum class Order {
    by_key,  // one run of the key is out at a time, in the order of Message::sequence
    none,    // the message has no order: it goes alone, at once
  };

  // Where the message goes, appended to `key` (empty when called; not looked at for Order::none). An error rejects the
  // message. Called for every write and forget of a message; always says the same of the same one.
  virtual Result<Order> key_of(const Message& message, std::string& key) = 0;
  // What the message counts against Limits::bytes.
  virtual std::size_t size_of(const Message& message) { return message.payload.size(); }
  // Starts to send some messages of one key; the answer is given to `run`. The messages are there until send() returns
  // and not any longer (a write may be cancelled while its run is out): take now what has to be kept of them. A
  // coroutine would do that too late, hence this is none; it may start one (Run::settle_by).
  virtual void send(Run run, MessageRefs messages) = 0;

 protected:
  ~Sender() = default;
};

// Consecutive messages of one key that are out together: answered once, in one of these ways, also from within send().
// Later answers, and those that come after the OrderedWrites has been closed or has gone, are ignored.
//
// Lifetime: a handle, cheap to copy; may outlive all else. Executor: the lane's.
class OrderedWrites::Run {
 public:
  // What key_of() wrote. Valid during send().
  std::string_view key() const;
  // Where to answer: the lane's executor. Valid during send().
  const Executor& executor() const;

  // The same for all messages.
  void settle(Verdict all) const;
  void settle(Verdict all, const Error& why) const;
  // For each message, in order. An Error stands for `failed` with that reason for all of them.
  void settle(const Result<WriteReport>& report) const;
  // By a task, spawned now under that name. An exception fails the run.
  void settle_by(std::string name, Task<Result<WriteReport>> task) const;

 private:
  friend Core;
  Run(std::weak_ptr<Core> core, std::size_t place, std::uint64_t number);
  static Task<void> await_report(Run run, Task<Result<WriteReport>> task);

  std::weak_ptr<Core> core_;
  std::size_t place_;
  std::uint64_t number_;
};

}  // namespace weir
