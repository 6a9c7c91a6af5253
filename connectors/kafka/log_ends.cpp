#include "connectors/kafka/log_ends.hpp"

namespace weir::connectors::kafka {

namespace {

constexpr Duration kGoodFor = std::chrono::seconds(5);
constexpr int kEndsPatienceMs = 1000;  // the pool has other things to do

}  // namespace

std::vector<Offset> LogEnds::look(const std::shared_ptr<rd_kafka_t>& client,
                                  const std::vector<TopicPartition>& partitions) {
  const std::lock_guard lock(mutex_);
  std::vector<Offset> ends;
  ends.reserve(partitions.size());
  bool all_known = true;
  for (const TopicPartition& id : partitions) {
    const auto found = known_.find(id);
    all_known = all_known && found != known_.end();
    ends.push_back(found == known_.end() ? -1 : found->second);
  }
  const bool good = all_known && clock_.now() - asked_at_ < kGoodFor;
  if (client == nullptr || partitions.empty() || good || std::exchange(asking_, true)) return ends;
  asked_at_ = clock_.now();
  pool_.post([this, client, partitions] { ask(client.get(), partitions); });
  return ends;
}

void LogEnds::ask(rd_kafka_t* client, const std::vector<TopicPartition>& partitions) {
  const rdkafka::PartitionList list = rdkafka::make_list(partitions.size());
  for (const TopicPartition& id : partitions)
    rd_kafka_topic_partition_list_add(list.get(), id.topic.c_str(), id.partition)->offset = RD_KAFKA_OFFSET_END;
  const rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client, list.get(), kEndsPatienceMs);
  const std::lock_guard lock(mutex_);
  std::map<TopicPartition, Offset> before = std::exchange(known_, {});
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& place = list->elems[i];
    const TopicPartition id{place.topic, place.partition};
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && place.err == RD_KAFKA_RESP_ERR_NO_ERROR && place.offset >= 0) {
      known_[id] = place.offset;
    } else if (const auto old = before.find(id); old != before.end()) {
      known_[id] = old->second;
    }
  }
  asking_ = false;
}

}  // namespace weir::connectors::kafka
