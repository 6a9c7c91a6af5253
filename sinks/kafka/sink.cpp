#include "sinks/kafka/sink.hpp"

namespace weir::sinks::kafka {

using connectors::kafka::OutRecord;
using connectors::kafka::ProducerClient;

namespace {

// One record per key and turn: of two records under way together the first may fail and the second be written, and
// sending the first again would then turn their order round.
constexpr OrderGate::Limits kOneAtATime{1, 0};

constexpr char kBetween = '\0';

}  // namespace

KafkaSink::KafkaSink(KafkaSinkSettings settings, std::shared_ptr<ProducerClient> producer)
    : settings_(std::move(settings)), producer_(std::move(producer)), writes_(*this, kOneAtATime) {
  if (settings_.metrics != nullptr) published_.emplace(*settings_.metrics, "kafka_messages_published_total", "topic");
}

Task<Result<void>> KafkaSink::open() {
  Result<void> opened = producer_->open();
  if (opened.has_error() || !settings_.find_topic) co_return opened;
  Result<void> found = co_await settings_.find_topic();
  co_return found;
}

Task<Result<WriteReport>> KafkaSink::write(MessageRefs messages) {
  return writes_.write(messages);
}

void KafkaSink::forget(MessageRefs messages) {
  writes_.forget(messages);
}

Task<Result<std::vector<Presence>>> KafkaSink::look_up(MessageRefs messages) {
  Result<std::vector<Presence>> known = writes_.look_up(messages);
  co_return known;
}

// The producer belongs to the connection, which flushes it.
Task<void> KafkaSink::close() {
  return writes_.close();
}

bool KafkaSink::has_key(const Message& message) const {
  return settings_.key.has_value() || message.key.data() != nullptr;
}

// The topic, and behind a zero byte, which no topic's name has, the record's key.
Result<OrderedWrites::Sender::Order> KafkaSink::key_of(const Message& message, std::string& key) {
  Result<void> made = settings_.topic.render(message, key);
  if (made.has_error()) return made.error();
  if (!has_key(message)) return Order::none;
  key.push_back(kBetween);
  if (settings_.key.has_value()) {
    made = settings_.key->render(message, key);
    if (made.has_error()) return made.error();
  } else {
    key.append(message.key);
  }
  return Order::by_key;
}

// A part that the message lacks is no reason to refuse it: that header stays as the message has it.
void KafkaSink::make_headers(const Message& message) {
  headers_.assign(message.headers.begin(), message.headers.end());
  values_.resize(settings_.headers.size());
  for (std::size_t i = 0; i < settings_.headers.size(); ++i) {
    const SetHeader& set = settings_.headers[i];
    values_[i].clear();
    if (set.value.has_value() && set.value->render(message, values_[i]).has_error()) continue;
    std::erase_if(headers_, [&set](const Header& header) { return header.name == set.name; });
    headers_.push_back(Header{set.name, values_[i]});
  }
}

void KafkaSink::send(OrderedWrites::Run run, MessageRefs messages) {
  const Message& message = *messages.front();
  make_headers(message);
  OutRecord record;
  if (has_key(message)) {
    const std::string_view both = run.key();
    const std::size_t between = both.find(kBetween);
    record.topic = both.substr(0, between);
    record.key = both.substr(between + 1);
  } else {
    topic_.clear();
    static_cast<void>(settings_.topic.render(message, topic_));  // no error: key_of() has seen to that
    record.topic = topic_;
  }
  record.payload = message.payload;
  record.headers = headers_;
  record.timestamp_ms = message.origin.timestamp_ms;
  Counter* const published = published_ ? &published_->of(record.topic) : nullptr;
  producer_->produce(record, run.executor(), [run, published](const Result<Offset>& result) {
    if (result.has_value()) {
      if (published != nullptr) published->add();
      return run.settle(Verdict::written);
    }
    const Error why = result.error();
    run.settle(why.is_data_error() ? Verdict::rejected : Verdict::failed, why);
  });
}

}  // namespace weir::sinks::kafka
