#include "sinks/eventstoredb/sink.hpp"

#include "pipeline/base/signal.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/order_gate.hpp"

#include <absl/container/flat_hash_map.h>
#include <boost/asio/this_coro.hpp>

namespace weir::sinks::eventstoredb {
namespace {

namespace es = connectors::eventstoredb;

// One write() under way.
struct WriteCall {
  WriteCall(std::size_t messages, const Executor& executor) : report(messages), changed(executor) {}
  WriteReport report;
  std::size_t unresolved = 0;
  Signal changed;
};

// A message in the gate: who wants to know what becomes of it.
struct Ticket {
  WriteCall* call = nullptr;  // nullptr: its write() was cancelled
  std::size_t index = 0;
  bool out = false;        // taken from the gate and under way
  bool forgotten = false;  // while it was out
};

class EventStoreSink final : public Sink {
 public:
  EventStoreSink(SinkSettings settings, FindStore find_store)
      : settings_(std::move(settings)),
        find_store_(std::move(find_store)),
        gate_(OrderGate::Limits{settings_.limits.events, settings_.limits.bytes}) {}

  Task<Result<void>> open() override;
  Task<Result<WriteReport>> write(MessageRefs messages) override;
  void forget(MessageRefs messages) override;
  Task<void> close() override;

 private:
  class Withdrawal;
  void submit(const Message& message, WriteCall& call, std::size_t index);
  void send_ready();
  Task<void> run_send(std::string stream, EncodedRun run);
  void settle(const std::string& stream, const EncodedRun& run, std::vector<EventVerdict> verdicts);
  void withdraw(MessageRefs messages, const WriteCall& call);

  SinkSettings settings_;
  FindStore find_store_;
  std::shared_ptr<es::StoreClient> store_;
  OrderGate gate_;
  absl::flat_hash_map<std::uint64_t, Ticket> tickets_;  // by Message::sequence
  std::size_t sends_ = 0;                               // appends under way
  std::string name_;                                    // reused for stream names
  std::unique_ptr<TaskGroup> tasks_;                    // from open() to close()
};

// Ends a write(): whatever is unresolved when it goes (cancellation) no longer points to the call or its messages.
class EventStoreSink::Withdrawal {
 public:
  Withdrawal(EventStoreSink& sink, MessageRefs messages, const WriteCall& call)
      : sink_(sink), messages_(messages), call_(call) {}
  ~Withdrawal() {
    if (call_.unresolved > 0) sink_.withdraw(messages_, call_);
  }
  Withdrawal(const Withdrawal&) = delete;
  Withdrawal& operator=(const Withdrawal&) = delete;

 private:
  EventStoreSink& sink_;
  MessageRefs messages_;
  const WriteCall& call_;
};

Task<Result<void>> EventStoreSink::open() {
  Result<std::shared_ptr<es::StoreClient>> store = find_store_();
  if (store.has_error()) co_return store.error();
  store_ = std::move(*store);
  const Executor executor = co_await boost::asio::this_coro::executor;
  if (tasks_ == nullptr) tasks_ = std::make_unique<TaskGroup>(executor);
  co_return Result<void>();
}

Task<Result<WriteReport>> EventStoreSink::write(MessageRefs messages) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  WriteCall call(messages.size(), executor);
  const Withdrawal withdrawal(*this, messages, call);
  for (std::size_t i = 0; i < messages.size(); ++i) submit(*messages[i], call, i);
  send_ready();
  while (call.unresolved > 0) co_await call.changed.wait();
  co_return std::move(call.report);
}

void EventStoreSink::submit(const Message& message, WriteCall& call, std::size_t index) {
  Result<void> accepted = settings_.stream.render(message, name_);
  if (accepted.has_value()) accepted = check_encodable(message, settings_.mode);
  if (accepted.has_error()) {
    call.report.set(index, Verdict::rejected, accepted.error());
    return;
  }
  Ticket& ticket = tickets_[message.sequence];
  if (ticket.call != nullptr) {  // the same message in two writes: the runner never does that
    call.report.set(index, Verdict::failed, Error(Errc::internal, "the message is being written already"));
    return;
  }
  ticket.call = &call;
  ticket.index = index;
  ticket.forgotten = false;
  ++call.unresolved;
  // Still out from a write that was cancelled: that append's outcome is this message's.
  if (!ticket.out) gate_.offer(name_, message, estimated_size(message, settings_.mode));
}

void EventStoreSink::send_ready() {
  if (sends_ >= settings_.streams_in_flight) return;
  for (const OrderGate::Run& send : gate_.take_ready(settings_.streams_in_flight - sends_)) {
    for (const Message* message : send.messages) tickets_[message->sequence].out = true;
    ++sends_;
    tasks_->spawn("append", run_send(std::string(send.key), encode(send.messages, settings_.mode)));
  }
}

Task<void> EventStoreSink::run_send(std::string stream, EncodedRun run) {
  const std::span<const es::NewEvent> events = run.events();
  std::vector<EventVerdict> verdicts;
  try {
    verdicts = co_await append_run(*store_, stream, events, settings_.limits);
  } catch (const boost::system::system_error&) {
    throw;                               // cancelled
  } catch (const std::exception& bug) {  // must not leave its writes waiting for ever
    const Error why(Errc::internal, std::string("a bug while appending: ") + bug.what());
    verdicts.assign(events.size(), EventVerdict{Verdict::failed, why});
  }
  settle(stream, run, std::move(verdicts));
}

void EventStoreSink::settle(const std::string& stream, const EncodedRun& run, std::vector<EventVerdict> verdicts) {
  --sends_;
  std::vector<bool> failed(run.size());
  for (std::size_t i = 0; i < run.size(); ++i) failed[i] = verdicts[i].verdict == Verdict::failed;
  gate_.resolve(stream, run.sequences(), failed);

  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto found = tickets_.find(run.sequences()[i]);
    const Ticket ticket = found->second;
    tickets_.erase(found);
    if (ticket.forgotten) gate_.forget(stream, run.sequences()[i]);
    if (ticket.call == nullptr) continue;
    EventVerdict& verdict = verdicts[i];
    if (verdict.error.has_value()) {
      const Error error = verdict.error->with_context("stream '" + stream + "'");
      ticket.call->report.set(ticket.index, verdict.verdict, error);
    } else {
      ticket.call->report.set(ticket.index, verdict.verdict);
    }
    if (--ticket.call->unresolved == 0) ticket.call->changed.notify_all();
  }
  send_ready();
}

void EventStoreSink::withdraw(MessageRefs messages, const WriteCall& call) {
  for (const Message* message : messages) {
    const auto found = tickets_.find(message->sequence);
    if (found == tickets_.end() || found->second.call != &call) continue;
    if (found->second.out) {
      found->second.call = nullptr;
      continue;
    }
    tickets_.erase(found);
    if (settings_.stream.render(*message, name_).has_value()) gate_.withdraw(name_, message->sequence);
  }
}

void EventStoreSink::forget(MessageRefs messages) {
  for (const Message* message : messages) {
    const auto found = tickets_.find(message->sequence);
    if (found != tickets_.end() && found->second.out) {
      found->second.forgotten = true;
    } else if (settings_.stream.render(*message, name_).has_value()) {
      gate_.forget(name_, message->sequence);
    }
  }
  if (tasks_ != nullptr) send_ready();
}

Task<void> EventStoreSink::close() {
  if (tasks_ == nullptr) co_return;
  tasks_->cancel();
  co_await tasks_->join();
  tasks_.reset();
  store_.reset();
}

}  // namespace

std::unique_ptr<Sink> make_sink(SinkSettings settings, FindStore find_store) {
  return std::make_unique<EventStoreSink>(std::move(settings), std::move(find_store));
}

}  // namespace weir::sinks::eventstoredb
