// The real clients, over librdkafka.
#pragma once

#include "connectors/kafka/client.hpp"

namespace weir::connectors::kafka {

// Pure: nothing is opened before open().
std::unique_ptr<ConsumerClient> make_librdkafka_consumer(ConsumerSettings settings, Clock& clock);
std::shared_ptr<ProducerClient> make_librdkafka_producer(ProducerSettings settings);

// Whether librdkafka takes all of these settings; an error names the first property that it refuses. For checks before
// anything is opened.
Result<void> check_settings(const ConsumerSettings& settings);
Result<void> check_settings(const ProducerSettings& settings);

}  // namespace weir::connectors::kafka
