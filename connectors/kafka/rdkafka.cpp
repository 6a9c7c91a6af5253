#include "connectors/kafka/rdkafka.hpp"

#include "connectors/kafka/advice.hpp"

#include <mutex>

namespace weir::connectors::kafka::rdkafka {

int library_version() {
  return rd_kafka_version() >> 8;
}

PartitionList make_list(std::size_t expected) {
  return PartitionList(rd_kafka_topic_partition_list_new(static_cast<int>(expected)));
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<TopicPartition> partitions;
  if (list == nullptr) return partitions;
  for (int i = 0; i < list->cnt; ++i)
    partitions.push_back(TopicPartition{list->elems[i].topic, list->elems[i].partition});
  return partitions;
}

namespace {

Errc code_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return Errc::too_large;
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
      return Errc::data;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return Errc::not_found;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
      return Errc::already_exists;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
      return Errc::unauthenticated;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return Errc::permission_denied;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return Errc::invalid_argument;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
      return Errc::unsupported;
    default:
      return Errc::unavailable;
  }
}

}  // namespace

Error to_error(rd_kafka_resp_err_t code, const char* text, const std::string& brokers) {
  std::string message = "Kafka at " + brokers + ": ";
  const std::string_view said = text != nullptr && *text != '\0' ? std::string_view(text) : rd_kafka_err2str(code);
  const std::string advice = advice_for(code, said);
  if (advice.empty()) {
    message.append(said);
  } else {
    message.append(advice).append(" (").append(said).append(")");
  }
  return Error(code_of(code), std::move(message));
}

// librdkafka 2.0.2 keeps a reference to a partition that has vanished while it was assigned, and rd_kafka_destroy() then
// waits for it for ever. Such a client has left its group; what is left of it stays, silent, until the process ends.
// May go when the oldest librdkafka that is supported frees it.
void keep_for_ever(std::shared_ptr<rd_kafka_t> client) {
  static std::mutex mutex;
  static auto& kept = *new std::vector<std::shared_ptr<rd_kafka_t>>();
  rd_kafka_set_log_level(client.get(), 0);
  const std::lock_guard lock(mutex);
  kept.push_back(std::move(client));
}

}  // namespace weir::connectors::kafka::rdkafka
