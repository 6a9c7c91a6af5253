// KafkaSink: writes messages to Kafka topics. Also the usual dead-letter sink: payload, key and headers go out byte for
// byte.
#pragma once

#include "connectors/kafka/client.hpp"
#include "pipeline/sink.hpp"
#include "sinks/kafka/topic_name.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::sinks::kafka {

struct KafkaSinkSettings {
  TopicName topic;
  std::optional<Template> key;                               // nothing: the message's own key
  std::vector<std::pair<std::string, std::string>> headers;  // added after the message's own
};

// Order (I2): at most one unresolved record per topic and key; keys go side by side. Records without a key have no
// order among each other.
//
// Lifetime, Executor, Cancellation: as Sink says. A cancelled write's records may still be written.
// Errors: too large or invalid for the broker is `rejected`; everything else is `failed` and comes again.
class KafkaSink final : public Sink {
 public:
  KafkaSink(KafkaSinkSettings settings, std::shared_ptr<connectors::kafka::ProducerClient> producer);
  ~KafkaSink() override;

  Task<Result<void>> open() override;
  Task<Result<WriteReport>> write(MessageRefs messages) override;
  void forget(MessageRefs messages) override;
  Task<void> close() override;

 private:
  class Core;
  std::shared_ptr<Core> core_;  // delivery reports hold it weakly: one that comes late finds nothing
};

}  // namespace weir::sinks::kafka
