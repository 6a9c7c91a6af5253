#include "pipeline/ordered_writes.hpp"

#include "pipeline/base/signal.hpp"
#include "pipeline/base/task_group.hpp"

#include <absl/container/flat_hash_map.h>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace weir {
namespace {

Error a_bug(const std::exception& bug) {
  return Error(Errc::internal, std::string("a bug while writing: ") + bug.what());
}

}  // namespace

// One write() under way: lives in its coroutine.
struct OrderedWrites::Call {
  Call(std::size_t messages, const Executor& executor) : report(messages), changed(executor) {}
  void set(std::size_t index, Verdict verdict, const Error* why) {
    if (why != nullptr) {
      report.set(index, verdict, *why);
    } else {
      report.set(index, verdict);
    }
  }
  void resolve(std::size_t index, Verdict verdict, const Error* why) {
    set(index, verdict, why);
    if (--unresolved == 0) changed.notify_all();
  }

  WriteReport report;
  std::size_t unresolved = 0;
  bool reported = false;  // the caller has the report
  Signal changed;
};

// What is known of the messages between write() and their verdicts. Used on the lane's executor only.
class OrderedWrites::Core : public std::enable_shared_from_this<Core> {
 public:
  // Ends a write() that was cancelled: whatever has no verdict no longer points to the call or its messages, and of the
  // verdicts that the caller never got we know.
  class Withdrawal {
   public:
    Withdrawal(Core& core, MessageRefs messages, const Call& call) : core_(core), messages_(messages), call_(call) {}
    ~Withdrawal() {
      if (!call_.reported) core_.withdraw(messages_, call_);
    }
    Withdrawal(const Withdrawal&) = delete;
    Withdrawal& operator=(const Withdrawal&) = delete;

   private:
    Core& core_;
    MessageRefs messages_;
    const Call& call_;
  };

  Core(Sender& sender, OrderGate::Limits limits, std::size_t most_runs)
      : sender_(sender), gate_(limits), most_runs_(most_runs) {}

  void use(const Executor& executor) { executor_ = executor; }
  void submit(const Message& message, Call& call, std::size_t index);
  void send_ready();
  void settle(const Run& run, Verdict all, const Error* why, const WriteReport* each);
  void withdraw(MessageRefs messages, const Call& call);
  void forget(MessageRefs messages);
  Presence presence_of(const Message& message) const;
  Task<void> close();

  void spawn(std::string name, Task<void> task);
  std::string_view key_of(const Run& run) const { return runs_[run.place_].key; }
  const Executor& executor() const { return executor_; }
  std::size_t keys() const { return gate_.keys(); }

 private:
  // A message between write() and its verdict, or out for a write() that was cancelled.
  struct Ticket {
    Call* call = nullptr;  // nullptr: its write() was cancelled
    std::size_t index = 0;
    bool out = false;
    bool forgotten = false;  // while it was out
  };
  // A run that is out, or a free place for one: used again with all its memory.
  struct Out {
    std::uint64_t number = 0;  // of the run; another one when the place is used again
    std::string_view key;      // the gate's, valid until resolved
    std::vector<std::uint64_t> sequences;
  };

  struct Failed {
    Call* call = nullptr;
    const Error* why = nullptr;
  };

  Result<void> render_key(const Message& message);
  void start(const OrderGate::Run& ready);
  void note_fate(std::uint64_t sequence, Verdict verdict, const Ticket& ticket);
  bool is_out(const Run& run) const;
  const Failed* failure_of(const Call* call) const;
  void fail_followers(std::string_view key);

  Sender& sender_;
  OrderGate gate_;
  const std::size_t most_runs_;
  Executor executor_;
  absl::flat_hash_map<std::uint64_t, Ticket> tickets_;  // by Message::sequence
  // What came of messages that the runner still has to settle: those that failed, and those whose write() was cancelled
  // before it could say. By Message::sequence; until written or forgotten.
  absl::flat_hash_map<std::uint64_t, Verdict> fates_;
  std::vector<Out> runs_;
  std::vector<std::size_t> free_places_;  // in runs_
  std::uint64_t runs_sent_ = 0;
  std::string key_;                // of the message in hand
  std::vector<bool> comes_again_;  // of the run in hand: holds back what comes after it
  std::vector<Failed> failed_;     // of the run in hand, one for each write() with a message that comes again
  std::vector<std::uint64_t> followers_;
  std::unique_ptr<TaskGroup> tasks_;  // from the first task to close()
  bool sending_ = false;              // a run that is settled from within send() must not send in the midst of it
  bool closed_ = false;
};

// To `key_`. A message without order has a key of its own: nothing else waits for it, and the gate bounds it as any
// other.
Result<void> OrderedWrites::Core::render_key(const Message& message) {
  key_.clear();
  const Result<Sender::Order> order = sender_.key_of(message, key_);
  if (order.has_error()) return order.error();
  if (*order == Sender::Order::none) {
    key_.assign(1, '\0');
    key_.append(reinterpret_cast<const char*>(&message.sequence), sizeof message.sequence);
  }
  return {};
}

void OrderedWrites::Core::submit(const Message& message, Call& call, std::size_t index) {
  const Result<void> accepted = render_key(message);
  if (accepted.has_error()) {
    const Error why = accepted.error();
    fates_.erase(message.sequence);
    return call.set(index, Verdict::rejected, &why);
  }
  if (closed_) {
    const Error why(Errc::cancelled, "the sink is closed");
    return call.set(index, Verdict::failed, &why);
  }
  const auto fate = fates_.find(message.sequence);
  if (fate != fates_.end() && (fate->second == Verdict::written || fate->second == Verdict::duplicate)) {
    call.set(index, fate->second, nullptr);
    fates_.erase(fate);
    return;
  }
  Ticket& ticket = tickets_[message.sequence];
  if (ticket.call != nullptr) {  // the same message in two writes: the runner never does that
    const Error why(Errc::internal, "the message is being written already");
    return call.set(index, Verdict::failed, &why);
  }
  ticket.call = &call;
  ticket.index = index;
  ticket.forgotten = false;
  ++call.unresolved;
  // Still out from a write that was cancelled: that run's outcome is this message's.
  if (!ticket.out) gate_.offer(key_, message, sender_.size_of(message));
}

void OrderedWrites::Core::send_ready() {
  if (sending_ || closed_) return;
  sending_ = true;
  for (;;) {
    const std::size_t out = runs_.size() - free_places_.size();
    if (out >= most_runs_) break;
    const std::vector<OrderGate::Run> ready = gate_.take_ready(most_runs_ - out);
    if (ready.empty()) break;
    for (const OrderGate::Run& one : ready) start(one);
  }
  sending_ = false;
}

void OrderedWrites::Core::start(const OrderGate::Run& ready) {
  if (free_places_.empty()) {
    free_places_.push_back(runs_.size());
    runs_.emplace_back();
  }
  const std::size_t place = free_places_.back();
  free_places_.pop_back();
  Out& out = runs_[place];
  out.number = ++runs_sent_;
  out.key = ready.key;
  for (const Message* message : ready.messages) {
    out.sequences.push_back(message->sequence);
    tickets_.find(message->sequence)->second.out = true;
  }
  const Run run(weak_from_this(), place, out.number);
  try {
    sender_.send(run, ready.messages);
  } catch (const std::exception& bug) {  // must not leave its writes waiting for ever
    run.settle(Verdict::failed, a_bug(bug));
  }
}

bool OrderedWrites::Core::is_out(const Run& run) const {
  return run.place_ < runs_.size() && runs_[run.place_].number == run.number_;
}

void OrderedWrites::Core::settle(const Run& run, Verdict all, const Error* why, const WriteReport* each) {
  if (!is_out(run)) return;
  Out& out = runs_[run.place_];
  const std::size_t size = out.sequences.size();
  if (each != nullptr && each->size() != size) {
    const Error wrong(Errc::internal, "a run of " + std::to_string(size) + " messages was answered with " +
                                          std::to_string(each->size()) + " verdicts");
    return settle(run, Verdict::failed, &wrong, nullptr);
  }
  const auto verdict_of = [all, each](std::size_t i) {
    return each != nullptr ? each->verdict(i) : all;
  };
  // First the gate, which needs the key; a message that was forgotten while it was out will not come again.
  comes_again_.assign(size, false);
  for (std::size_t i = 0; i < size; ++i) {
    comes_again_[i] = verdict_of(i) == Verdict::failed && !tickets_.find(out.sequences[i])->second.forgotten;
  }
  gate_.resolve(out.key, out.sequences, comes_again_);
  for (std::size_t i = 0; i < size; ++i) {
    const auto found = tickets_.find(out.sequences[i]);
    const Ticket ticket = found->second;
    tickets_.erase(found);
    note_fate(out.sequences[i], verdict_of(i), ticket);
    if (ticket.call == nullptr) continue;
    const Error* reason = each != nullptr ? each->error(i) : why;
    ticket.call->resolve(ticket.index, verdict_of(i), reason);
    if (comes_again_[i] && failure_of(ticket.call) == nullptr) failed_.push_back({ticket.call, reason});
  }
  if (!failed_.empty()) fail_followers(out.key);
  out.number = 0;
  out.key = {};
  out.sequences.clear();
  free_places_.push_back(run.place_);
  send_ready();
}

void OrderedWrites::Core::note_fate(std::uint64_t sequence, Verdict verdict, const Ticket& ticket) {
  const bool is_settled = ticket.forgotten || (ticket.call != nullptr && verdict != Verdict::failed);
  if (!is_settled) {
    fates_[sequence] = verdict;
  } else if (!fates_.empty()) {
    fates_.erase(sequence);
  }
}

Presence OrderedWrites::Core::presence_of(const Message& message) const {
  const auto ticket = tickets_.find(message.sequence);
  if (ticket != tickets_.end()) return Presence::unknown;
  const auto fate = fates_.find(message.sequence);
  if (fate == fates_.end()) return Presence::absent;
  switch (fate->second) {
    case Verdict::written:
    case Verdict::duplicate:
      return Presence::present;
    case Verdict::rejected:
      return Presence::absent;
    case Verdict::failed:
      break;
  }
  return Presence::only_writing_tells;
}

const OrderedWrites::Core::Failed* OrderedWrites::Core::failure_of(const Call* call) const {
  const auto found =
      std::find_if(failed_.begin(), failed_.end(), [call](const Failed& failed) { return failed.call == call; });
  return found == failed_.end() ? nullptr : &*found;
}

// What waits behind a failed message of its own write fails with it: the runner sends again only when the write has
// ended.
void OrderedWrites::Core::fail_followers(std::string_view key) {
  followers_.clear();
  for (const std::uint64_t sequence : gate_.held_back(key)) {
    const auto found = tickets_.find(sequence);
    const Failed* const before = failure_of(found->second.call);
    if (before == nullptr) continue;
    const std::size_t index = found->second.index;
    tickets_.erase(found);
    followers_.push_back(sequence);
    const Error reason = before->why != nullptr ? *before->why : Error(Errc::unavailable, "no reason given");
    const Error not_sent = reason.with_context("not sent, behind a message that failed");
    before->call->resolve(index, Verdict::failed, &not_sent);
  }
  failed_.clear();
  gate_.withdraw(key, followers_);
}

void OrderedWrites::Core::withdraw(MessageRefs messages, const Call& call) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Message* const message = messages[i];
    const auto found = tickets_.find(message->sequence);
    if (found == tickets_.end()) {
      if (!closed_) fates_[message->sequence] = call.report.verdict(i);
      continue;
    }
    if (found->second.call != &call) continue;
    if (found->second.out) {
      found->second.call = nullptr;
      continue;
    }
    tickets_.erase(found);
    if (render_key(*message).has_value()) gate_.withdraw(key_, message->sequence);
  }
}

void OrderedWrites::Core::forget(MessageRefs messages) {
  for (const Message* message : messages) {
    fates_.erase(message->sequence);
    const auto found = tickets_.find(message->sequence);
    if (found != tickets_.end() && found->second.out) {
      found->second.forgotten = true;
      continue;
    }
    if (found != tickets_.end()) {  // waits for its turn: the runner never does that, but no write may wait for ever
      const Ticket ticket = found->second;
      tickets_.erase(found);
      const Error why(Errc::cancelled, "the message was given up before it was sent");
      ticket.call->resolve(ticket.index, Verdict::failed, &why);
    }
    if (render_key(*message).has_value()) gate_.forget(key_, message->sequence);
  }
  send_ready();
}

void OrderedWrites::Core::spawn(std::string name, Task<void> task) {
  if (closed_) return;
  if (tasks_ == nullptr) tasks_ = std::make_unique<TaskGroup>(executor_);
  tasks_->spawn(std::move(name), std::move(task));
}

Task<void> OrderedWrites::Core::close() {
  closed_ = true;
  if (tasks_ != nullptr) {
    tasks_->cancel();
    co_await tasks_->join();
    tasks_.reset();
  }
  for (const auto& [sequence, ticket] : tickets_) {
    if (ticket.call == nullptr) continue;
    const Error why(ticket.out ? Errc::unknown_outcome : Errc::cancelled, "the sink was closed");
    ticket.call->resolve(ticket.index, Verdict::failed, &why);
  }
  tickets_.clear();
  fates_.clear();
  runs_.clear();
  free_places_.clear();
}

OrderedWrites::OrderedWrites(Sender& sender, OrderGate::Limits limits, std::size_t most_runs)
    : core_(std::make_shared<Core>(sender, limits, most_runs)) {}

OrderedWrites::~OrderedWrites() = default;

Task<Result<WriteReport>> OrderedWrites::write(MessageRefs messages) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  core_->use(executor);
  Call call(messages.size(), executor);
  const Core::Withdrawal withdrawal(*core_, messages, call);
  for (std::size_t i = 0; i < messages.size(); ++i) core_->submit(*messages[i], call, i);
  core_->send_ready();
  while (call.unresolved > 0) co_await call.changed.wait();
  call.reported = true;
  co_return std::move(call.report);
}

void OrderedWrites::forget(MessageRefs messages) {
  core_->forget(messages);
}

std::vector<Presence> OrderedWrites::look_up(MessageRefs messages) const {
  std::vector<Presence> found;
  found.reserve(messages.size());
  for (const Message* message : messages) found.push_back(core_->presence_of(*message));
  return found;
}

Task<void> OrderedWrites::close() {
  return core_->close();
}

std::size_t OrderedWrites::keys() const {
  return core_->keys();
}

OrderedWrites::Run::Run(std::weak_ptr<Core> core, std::size_t place, std::uint64_t number)
    : core_(std::move(core)), place_(place), number_(number) {}

std::string_view OrderedWrites::Run::key() const {
  return core_.lock()->key_of(*this);
}

const Executor& OrderedWrites::Run::executor() const {
  return core_.lock()->executor();
}

void OrderedWrites::Run::settle(Verdict all) const {
  if (const std::shared_ptr<Core> core = core_.lock()) core->settle(*this, all, nullptr, nullptr);
}

void OrderedWrites::Run::settle(Verdict all, const Error& why) const {
  if (const std::shared_ptr<Core> core = core_.lock()) core->settle(*this, all, &why, nullptr);
}

void OrderedWrites::Run::settle(const Result<WriteReport>& report) const {
  if (report.has_error()) return settle(Verdict::failed, report.error());
  if (const std::shared_ptr<Core> core = core_.lock()) core->settle(*this, Verdict::failed, nullptr, &*report);
}

void OrderedWrites::Run::settle_by(std::string name, Task<Result<WriteReport>> task) const {
  if (const std::shared_ptr<Core> core = core_.lock()) {
    core->spawn(std::move(name), await_report(*this, std::move(task)));
  }
}

Task<void> OrderedWrites::Run::await_report(Run run, Task<Result<WriteReport>> task) {
  Result<WriteReport> report = Error(Errc::unknown_outcome, "the write was cut off");
  try {
    report = co_await std::move(task);
  } catch (const boost::system::system_error& cancelled) {
    if (cancelled.code() != boost::asio::error::operation_aborted) report = a_bug(cancelled);
  } catch (const std::exception& bug) {
    report = a_bug(bug);
  }
  run.settle(report);
}

}  // namespace weir
