// The cluster that a verb of `weir topics` or `weir groups` works with, and what it says when that cannot be had.
#pragma once

#include "cli/arguments/options_kafka.hpp"
#include "cli/exit_codes.hpp"
#include "cli/terminal/console.hpp"
#include "connectors/kafka/admin_client.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::cli {

// --brokers, else KAFKA_BROKERS (but for "embedded", which is another process's), else 127.0.0.1:9092.
connectors::kafka::ClusterSettings cluster_of(const KafkaAccess& access, const Environment& environment);

// Connects; logs of the client are kept quiet from then on.
Result<std::unique_ptr<connectors::kafka::Admin>> connect_to_kafka(const KafkaAccess& access,
                                                                   const Environment& environment);

// Prints the error with what to do about it; the code that stands for it: a broker that is there and refuses is no
// broker that is missing.
ExitCode report_kafka_error(const Error& error, const Console& console);

// Topic; a missing one comes with the nearest name.
Result<connectors::kafka::TopicInfo> find_topic(connectors::kafka::Admin& admin, const std::string& name);
// "; did you mean 'orders'?", or nothing.
std::string nearest_name(const std::string& name, const std::vector<std::string>& names);

// All partitions of the topic, in order.
std::vector<TopicPartition> partitions_of(const connectors::kafka::TopicInfo& topic);

// Why the range is not known, as the end of a sentence.
std::string why_unknown(const connectors::kafka::OffsetRange& range);
// Warns of partitions whose beginning and end are not known, and why; one line.
void warn_of_unknown(const std::vector<TopicPartition>& ids, const std::vector<connectors::kafka::OffsetRange>& ranges,
                     const Console& console);

// Whether a person agrees: `yes`, or an answer on the terminal. Without either: an error that names --yes.
Result<bool> agreed(bool yes, const std::string& question, const Console& console);

}  // namespace weir::cli
