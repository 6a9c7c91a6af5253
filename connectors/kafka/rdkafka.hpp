// RAII over librdkafka's handles. Private to this folder.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/message.hpp"
#include "pipeline/partition_ledger.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <vector>

namespace weir::connectors::kafka::rdkafka {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using Client = std::unique_ptr<rd_kafka_t, Freed<&rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Freed<&rd_kafka_conf_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Freed<&rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Freed<&rd_kafka_event_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, Freed<&rd_kafka_topic_partition_list_destroy>>;
using Headers = std::unique_ptr<rd_kafka_headers_t, Freed<&rd_kafka_headers_destroy>>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, Freed<&rd_kafka_error_destroy>>;

// 0x020000 for 2.0.0: major, minor and revision, one byte each.
int library_version();
inline constexpr int kVersionWithFetchBackoff = 0x020200;

PartitionList make_list(std::size_t expected);
std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list);

inline TimestampKind kind_of(rd_kafka_timestamp_type_t type) {
  return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? TimestampKind::log_append : TimestampKind::create;
}

// weir's error for librdkafka's. `text`: what librdkafka says besides, may be null or empty.
Error to_error(rd_kafka_resp_err_t code, const char* text, const std::string& brokers);

// For a client that has left its group and can never be freed.
void keep_for_ever(std::shared_ptr<rd_kafka_t> client);

}  // namespace weir::connectors::kafka::rdkafka
