// What a consumer asks its broker before it reads: where the group stands, what the logs hold, which partitions there
// are, who else is in the group. All block: from the blocking pool. Private to this folder.
#pragma once

#include "connectors/kafka/offset_range.hpp"
#include "connectors/kafka/rdkafka.hpp"
#include "pipeline/base/clock.hpp"

#include <string>
#include <vector>

namespace weir::connectors::kafka::rdkafka {

// Lifetime: of one question; the client outlives it. Executor: one thread. Cancellation: none; each call ends within
// about `patience`. Errors: a broker that does not answer, or refuses.
class GroupQuestions {
 public:
  GroupQuestions(rd_kafka_t* client, std::string brokers, Duration patience)
      : client_(client), brokers_(std::move(brokers)), patience_(patience) {}

  // In the order of `partitions`; -1: nothing is committed.
  Result<std::vector<Offset>> committed(const std::vector<TopicPartition>& partitions) const;
  // In the order of `partitions`. One that cannot be asked for leaves the others known.
  Result<std::vector<OffsetRange>> ranges(const std::vector<TopicPartition>& partitions) const;
  // The partitions of all topics that the entries of `topics` mean now.
  Result<std::vector<TopicPartition>> partitions_of(const std::vector<std::string>& topics) const;
  // "client 'billing' on /10.0.0.7, which offers RoundRobinAssigner": the members of the group, and how they share.
  Result<std::string> members_of(const std::string& group) const;

 private:
  int patience_ms() const;
  Error error_of(rd_kafka_resp_err_t code) const { return to_error(code, nullptr, brokers_); }
  Result<std::vector<Result<Offset>>> ask_once(const std::vector<TopicPartition>& partitions, std::int64_t time) const;

  rd_kafka_t* const client_;
  const std::string brokers_;
  const Duration patience_;
};

}  // namespace weir::connectors::kafka::rdkafka
