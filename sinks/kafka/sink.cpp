#include "sinks/kafka/sink.hpp"

#include "pipeline/base/signal.hpp"
#include "pipeline/order_gate.hpp"

#include <boost/asio/this_coro.hpp>

#include <unordered_map>

namespace weir::sinks::kafka {

namespace asio = boost::asio;
using connectors::kafka::OutRecord;
using connectors::kafka::ProducerClient;

namespace {

// One record per key and turn: of two records under way together the first may fail and the second be written, and
// sending the first again would then turn their order round.
constexpr OrderGate::Limits kOneAtATime{1, 0};

// One call of write(): lives in its coroutine.
struct Call {
  Call(std::size_t messages, const Executor& executor) : report(messages), unresolved(messages), changed(executor) {}
  WriteReport report;
  std::size_t unresolved;
  Signal changed;
};

}  // namespace

// What the sink knows of the records under way. Used on the lane's executor only.
class KafkaSink::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(KafkaSinkSettings settings, std::shared_ptr<ProducerClient> producer)
      : settings_(std::move(settings)), producer_(std::move(producer)), gate_(kOneAtATime) {}

  ProducerClient& producer() { return *producer_; }
  void use(Executor executor) { executor_ = std::move(executor); }

  void offer(const Message& message, Call& call, std::size_t index);
  void send_what_is_ready();
  // The call's coroutine is going away: nothing may point to it or its messages any more.
  void abandon(Call& call, MessageRefs messages);
  void forget(const Message& message);

 private:
  // A message between offer and report.
  struct Place {
    Call* call = nullptr;  // nullptr: abandoned
    std::size_t index = 0;
    const Message* message = nullptr;  // until it is sent
    std::string topic;
    std::optional<std::string> key;
    std::string gate_key;  // topic and key; not used without a key
    bool sent = false;
    bool forgotten = false;
  };
  void send(std::uint64_t sequence, Place& place);
  void on_report(std::uint64_t sequence, Result<Offset> result);
  void settle(Call& call, std::size_t index, const Error* error);

  const KafkaSinkSettings settings_;
  const std::shared_ptr<ProducerClient> producer_;
  Executor executor_;
  OrderGate gate_;
  std::unordered_map<std::uint64_t, Place> places_;  // by Message::sequence
  std::vector<Header> headers_;                      // of the record being sent
};

void KafkaSink::Core::offer(const Message& message, Call& call, std::size_t index) {
  if (places_.contains(message.sequence)) {  // a cancelled write of it has not been reported yet
    const Error error(Errc::unknown_outcome, "an earlier write of the same message is still under way");
    settle(call, index, &error);
    return;
  }
  Place place{&call, index, &message, {}, {}, {}};
  Result<void> made = settings_.topic.render(message, place.topic);
  if (!made.has_error() && settings_.key.has_value()) {
    made = settings_.key->render(message, place.key.emplace());
  } else if (message.key.data() != nullptr) {
    place.key.emplace(message.key);
  }
  if (made.has_error()) {
    const Error error = made.error();
    settle(call, index, &error);
    return;
  }
  const bool ordered = place.key.has_value();
  if (ordered) {
    place.gate_key.append(place.topic).push_back('\0');
    place.gate_key.append(*place.key);
    gate_.offer(place.gate_key, message, message.payload.size());
  }
  Place& kept = places_.emplace(message.sequence, std::move(place)).first->second;
  if (!ordered) send(message.sequence, kept);
}

void KafkaSink::Core::send_what_is_ready() {
  for (const OrderGate::Run& ready : gate_.take_ready()) {
    for (const Message* message : ready.messages) send(message->sequence, places_.at(message->sequence));
  }
}

void KafkaSink::Core::send(std::uint64_t sequence, Place& place) {
  const Message& message = *std::exchange(place.message, nullptr);
  place.sent = true;
  headers_.assign(message.headers.begin(), message.headers.end());
  for (const auto& [name, value] : settings_.headers) headers_.push_back(Header{name, value});
  OutRecord record;
  record.topic = place.topic;
  record.payload = message.payload;
  if (place.key.has_value()) record.key = *place.key;
  record.headers = headers_;
  record.timestamp_ms = message.origin.timestamp_ms;
  producer_->produce(record, executor_, [core = weak_from_this(), sequence](Result<Offset> result) {
    if (const std::shared_ptr<Core> alive = core.lock()) alive->on_report(sequence, std::move(result));
  });
}

void KafkaSink::Core::on_report(std::uint64_t sequence, Result<Offset> result) {
  const auto found = places_.find(sequence);
  if (found == places_.end()) return;
  const Place place = std::move(found->second);
  places_.erase(found);
  const std::optional<Error> failure = result.has_error() ? std::optional(result.error()) : std::nullopt;
  const Error* const error = failure.has_value() ? &*failure : nullptr;
  if (place.key.has_value()) {
    // A rejected record is dead-lettered: its successors need not wait. An abandoned one may yet come again.
    const bool comes_again = error != nullptr && !error->is_data_error();
    gate_.resolve(place.gate_key, std::span(&sequence, 1), std::vector<bool>{comes_again});
    if (comes_again && place.forgotten) gate_.forget(place.gate_key, sequence);
  }
  if (place.call != nullptr) settle(*place.call, place.index, error);
  send_what_is_ready();
}

void KafkaSink::Core::settle(Call& call, std::size_t index, const Error* error) {
  if (error != nullptr) call.report.set(index, error->is_data_error() ? Verdict::rejected : Verdict::failed, *error);
  if (--call.unresolved == 0) call.changed.notify_all();
}

void KafkaSink::Core::abandon(Call& call, MessageRefs messages) {
  for (const Message* message : messages) {
    const auto found = places_.find(message->sequence);
    if (found == places_.end() || found->second.call != &call) continue;
    if (found->second.sent) {
      found->second.call = nullptr;
      continue;
    }
    gate_.withdraw(found->second.gate_key, message->sequence);
    places_.erase(found);
  }
}

void KafkaSink::Core::forget(const Message& message) {
  const auto found = places_.find(message.sequence);
  if (found != places_.end()) {  // still out: when its report comes
    found->second.forgotten = true;
    return;
  }
  std::string topic;
  if (settings_.topic.render(message, topic).has_error()) return;
  std::string key;
  if (settings_.key.has_value()) {
    if (settings_.key->render(message, key).has_error()) return;
  } else if (message.key.data() == nullptr) {
    return;
  } else {
    key = message.key;
  }
  topic.push_back('\0');
  topic.append(key);
  gate_.forget(topic, message.sequence);
}

KafkaSink::KafkaSink(KafkaSinkSettings settings, std::shared_ptr<ProducerClient> producer)
    : core_(std::make_shared<Core>(std::move(settings), std::move(producer))) {}

KafkaSink::~KafkaSink() = default;

Task<Result<void>> KafkaSink::open() {
  const Executor executor = co_await asio::this_coro::executor;
  core_->use(executor);
  co_return core_->producer().open();
}

Task<Result<WriteReport>> KafkaSink::write(MessageRefs messages) {
  const Executor executor = co_await asio::this_coro::executor;
  Call call(messages.size(), executor);
  struct AbandonAtExit {
    Core& core;
    Call& call;
    MessageRefs messages;
    ~AbandonAtExit() { core.abandon(call, messages); }
  } at_exit{*core_, call, messages};
  for (std::size_t i = 0; i < messages.size(); ++i) core_->offer(*messages[i], call, i);
  core_->send_what_is_ready();
  while (call.unresolved > 0) co_await call.changed.wait();
  co_return std::move(call.report);
}

void KafkaSink::forget(MessageRefs messages) {
  for (const Message* message : messages) core_->forget(*message);
  core_->send_what_is_ready();
}

// The producer belongs to the connection, which flushes it.
Task<void> KafkaSink::close() {
  co_return;
}

}  // namespace weir::sinks::kafka
