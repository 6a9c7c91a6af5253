#include "sinks/kafka/sink.hpp"

namespace weir::sinks::kafka {

using connectors::kafka::OutRecord;
using connectors::kafka::ProducerClient;

namespace {

// One record per key and turn: of two records under way together the first may fail and the second be written, and
// sending the first again would then turn their order round.
constexpr OrderGate::Limits kOneAtATime{1, 0};

}  // namespace

KafkaSink::KafkaSink(KafkaSinkSettings settings, std::shared_ptr<ProducerClient> producer)
    : settings_(std::move(settings)), producer_(std::move(producer)), writes_(*this, kOneAtATime) {}

Task<Result<void>> KafkaSink::open() {
  Result<void> opened = producer_->open();
  co_return opened;
}

Task<Result<WriteReport>> KafkaSink::write(MessageRefs messages) {
  return writes_.write(messages);
}

void KafkaSink::forget(MessageRefs messages) {
  writes_.forget(messages);
}

// The producer belongs to the connection, which flushes it.
Task<void> KafkaSink::close() {
  return writes_.close();
}

// Finds topic and key.
Result<void> KafkaSink::aim(const Message& message) {
  topic_.clear();
  const Result<void> topic = settings_.topic.render(message, topic_);
  if (topic.has_error()) return topic;
  key_.clear();
  has_key_ = settings_.key.has_value() || message.key.data() != nullptr;
  if (settings_.key.has_value()) return settings_.key->render(message, key_);
  key_.append(message.key);
  return {};
}

Result<OrderedWrites::Sender::Order> KafkaSink::key_of(const Message& message, std::string& key) {
  const Result<void> aimed = aim(message);
  if (aimed.has_error()) return aimed.error();
  if (!has_key_) return Order::none;
  key.append(topic_).push_back('\0');
  key.append(key_);
  return Order::by_key;
}

void KafkaSink::send(OrderedWrites::Run run, MessageRefs messages) {
  const Message& message = *messages.front();
  static_cast<void>(aim(message));  // no error: key_of() has seen to that
  headers_.assign(message.headers.begin(), message.headers.end());
  for (const auto& [name, value] : settings_.headers) headers_.push_back(Header{name, value});
  OutRecord record;
  record.topic = topic_;
  record.payload = message.payload;
  if (has_key_) record.key = key_;
  record.headers = headers_;
  record.timestamp_ms = message.origin.timestamp_ms;
  producer_->produce(record, run.executor(), [run](const Result<Offset>& result) {
    if (result.has_value()) return run.settle(Verdict::written);
    const Error why = result.error();
    run.settle(why.is_data_error() ? Verdict::rejected : Verdict::failed, why);
  });
}

}  // namespace weir::sinks::kafka
