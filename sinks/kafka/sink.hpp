// KafkaSink: writes messages to Kafka topics. Also the usual dead-letter sink: payload, key and headers go out byte for
// byte.
#pragma once

#include "connectors/kafka/client.hpp"
#include "pipeline/base/series_cache.hpp"
#include "pipeline/ordered_writes.hpp"
#include "pipeline/sink.hpp"
#include "sinks/kafka/topic_name.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::sinks::kafka {

// A header that the sink sets: it takes the place of the message's own of that name.
struct SetHeader {
  std::string name;
  std::optional<Template> value;  // nothing: an empty one
};

// Returns when the sink's topic is there; an error says what to do when it is not.
using FindTopic = std::function<Task<Result<void>>()>;

struct KafkaSinkSettings {
  TopicName topic;
  std::optional<Template> key;  // nothing: the message's own key
  std::vector<SetHeader> headers = {};
  FindTopic find_topic = {};   // asked by open(); empty: nobody is asked
  Metrics* metrics = nullptr;  // where records that were written are counted; nullptr: nowhere
};

// Order (I2): at most one unresolved record per topic and key; keys go side by side. Records without a key have no
// order among each other.
//
// Lifetime, Executor, Cancellation: as Sink says. A cancelled write's records may still be written.
// Errors: too large or invalid for the broker is `rejected`; everything else is `failed` and comes again.
class KafkaSink final : public Sink, private OrderedWrites::Sender {
 public:
  KafkaSink(KafkaSinkSettings settings, std::shared_ptr<connectors::kafka::ProducerClient> producer);

  Task<Result<void>> open() override;
  Task<Result<WriteReport>> write(MessageRefs messages) override;
  void forget(MessageRefs messages) override;
  // A topic cannot be searched for a record: of what was sent and has no verdict only a new write tells.
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override;
  Task<void> close() override;

 private:
  Result<Order> key_of(const Message& message, std::string& key) override;
  void send(OrderedWrites::Run run, MessageRefs messages) override;
  bool has_key(const Message& message) const;
  void make_headers(const Message& message);

  const KafkaSinkSettings settings_;
  const std::shared_ptr<connectors::kafka::ProducerClient> producer_;
  // Of the record being sent: its topic, where no run's key has it, its headers, and the text of those that are set.
  std::string topic_;
  std::vector<Header> headers_;
  std::vector<std::string> values_;
  std::optional<SeriesCache<Counter>> published_;  // by topic
  OrderedWrites writes_;
};

}  // namespace weir::sinks::kafka
