// ConsumerLane: one lane's queue of the librdkafka consumer. Private to this folder.
#pragma once

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/rdkafka.hpp"
#include "connectors/kafka/wake_fd.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

// What a message that is an error says of its partition's log; nothing: it is a trouble that passes. librdkafka goes on
// behind a record whose format it does not know, and never gets beyond one that it cannot unpack.
std::optional<Suspect::Why> obstacle_of(rd_kafka_resp_err_t code);

// All partitions of a lane are forwarded to its queue, which is drained without blocking; librdkafka writes to
// `readable` when the queue becomes non-empty.
//
// Lifetime: that of the bridge. The queue lives from attach() to detach() and is gone before its client.
// Executor: drain() on the lane's; the rest on the control executor. They meet at the mutex.
// Cancellation, Errors: none.
class ConsumerLane {
 public:
  explicit ConsumerLane(const Executor& executor) : readable(executor) {}

  void attach(std::shared_ptr<rd_kafka_t> client);
  // What waits is thrown away, but heard (QueueErrors): behind records that nobody takes may stand that a topic is gone.
  void detach();
  // Forwards the partition to this lane; before every assign anew, because librdkafka undoes it at the end of an
  // assignment (issue 1335).
  void forward(const TopicPartition& id);
  void forget_partitions();

  void drain(std::size_t max, std::pmr::memory_resource& memory, const std::string& brokers, Drained& out);
  // The partition to ask for when the queue was found empty: in turn,
  // those not at their end; nothing after one round without data.
  std::optional<TopicPartition> next_to_nudge(std::shared_ptr<rd_kafka_t>& client);

  WakeFd readable;

 private:
  struct Known {
    TopicPartition id;
    bool at_end = false;
  };
  void take(rd_kafka_message_t& message, std::pmr::memory_resource& memory, const std::string& brokers, Drained& out);
  void throw_away_what_waits();
  void mark(std::string_view topic, Partition partition, bool at_end);
  // The end of the partition's log, as the last fetch reported it; -1: not known.
  Offset log_end(const char* topic, Partition partition) const;

  std::mutex mutex_;
  std::shared_ptr<rd_kafka_t> client_;
  rdkafka::Queue queue_;
  std::vector<Known> partitions_;
  std::size_t next_nudge_ = 0;
  std::size_t nudges_left_ = 0;
  const rd_kafka_topic_t* last_topic_ = nullptr;
  Partition last_partition_ = -1;
  Offset last_log_end_ = kUnknownOffset;
  bool log_end_known_ = false;
};

}  // namespace weir::connectors::kafka
