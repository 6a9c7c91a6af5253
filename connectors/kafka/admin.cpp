#include "connectors/kafka/admin.hpp"

#include "connectors/kafka/rdkafka.hpp"
#include "connectors/kafka/rdkafka_conf.hpp"

namespace weir::connectors::kafka {

namespace {

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, rdkafka::Freed<&rd_kafka_NewTopic_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, rdkafka::Freed<&rd_kafka_AdminOptions_destroy>>;

int ms(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// A client that joins no group: it never subscribes.
Result<rdkafka::Client> ask_as(const ClusterSettings& cluster, const std::string& group) {
  ConsumerSettings settings;
  settings.cluster = cluster;
  settings.group = group;
  Result<rdkafka::Conf> conf = rdkafka::consumer_conf(settings);
  if (conf.has_error()) return conf.error();
  return rdkafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf), cluster.brokers);
}

Result<Partition> partitions_of(rd_kafka_t* client, const ClusterSettings& cluster, const std::string& topic,
                                Duration patience) {
  rd_kafka_topic_t* const handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle, &metadata, ms(patience));
  rd_kafka_topic_destroy(handle);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return rdkafka::to_error(code, nullptr, cluster.brokers);
  const rd_kafka_resp_err_t topic_code =
      metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
  const Partition count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  if (topic_code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return rdkafka::to_error(topic_code, nullptr, cluster.brokers).with_context("topic '" + topic + "'");
  }
  return count;
}

Result<void> first_failure(rd_kafka_event_t* event, const ClusterSettings& cluster) {
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    return rdkafka::to_error(code, rd_kafka_topic_result_error_string(results[i]), cluster.brokers)
        .with_context("topic '" + std::string(rd_kafka_topic_result_name(results[i])) + "'");
  }
  return Result<void>();
}

}  // namespace

Result<void> create_topics(const ClusterSettings& cluster, const std::vector<std::string>& topics, Partition partitions,
                           Duration patience) {
  Result<rdkafka::Client> client = ask_as(cluster, "weir-admin");
  if (client.has_error()) return client.error();
  char why[256] = "";
  std::vector<NewTopic> wanted;
  std::vector<rd_kafka_NewTopic_t*> list;
  for (const std::string& topic : topics) {
    wanted.emplace_back(rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, why, sizeof(why)));
    if (wanted.back() == nullptr) return Error(Errc::invalid_argument, "topic '" + topic + "': " + why);
    list.push_back(wanted.back().get());
  }
  const Options options(rd_kafka_AdminOptions_new(client->get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), ms(patience), why, sizeof(why));
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), ms(patience), why, sizeof(why));
  const rdkafka::Queue answers(rd_kafka_queue_new(client->get()));
  rd_kafka_CreateTopics(client->get(), list.data(), list.size(), options.get(), answers.get());
  const rdkafka::Event event(rd_kafka_queue_poll(answers.get(), ms(patience) + 1000));
  if (event == nullptr)
    return Error(Errc::unknown_outcome,
                 "Kafka at " + cluster.brokers + " did not answer in time whether it made the topics");
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return rdkafka::to_error(code, rd_kafka_event_error_string(event.get()), cluster.brokers);
  return first_failure(event.get(), cluster);
}

Result<std::vector<Commit>> end_offsets(const ClusterSettings& cluster, const std::string& topic, Duration patience) {
  Result<rdkafka::Client> client = ask_as(cluster, "weir-admin");
  if (client.has_error()) return client.error();
  Result<Partition> count = partitions_of(client->get(), cluster, topic, patience);
  if (count.has_error()) return count.error();
  std::vector<Commit> ends;
  for (Partition partition = 0; partition < *count; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(client->get(), topic.c_str(), partition, &low, &high, ms(patience));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return rdkafka::to_error(code, nullptr, cluster.brokers);
    ends.push_back(Commit{TopicPartition{topic, partition}, high});
  }
  return ends;
}

Result<std::vector<Commit>> committed_offsets(const ClusterSettings& cluster, const std::string& group,
                                              const std::string& topic, Duration patience) {
  Result<rdkafka::Client> client = ask_as(cluster, group);
  if (client.has_error()) return client.error();
  Result<Partition> count = partitions_of(client->get(), cluster, topic, patience);
  if (count.has_error()) return count.error();
  const rdkafka::PartitionList list = rdkafka::make_list(static_cast<std::size_t>(*count));
  for (Partition partition = 0; partition < *count; ++partition)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  const rd_kafka_resp_err_t code = rd_kafka_committed(client->get(), list.get(), ms(patience));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return rdkafka::to_error(code, nullptr, cluster.brokers);
  std::vector<Commit> offsets;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& place = list->elems[i];
    offsets.push_back(Commit{TopicPartition{topic, place.partition}, place.offset >= 0 ? place.offset : -1});
  }
  return offsets;
}

}  // namespace weir::connectors::kafka
