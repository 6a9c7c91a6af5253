// Nudge: the cure for the second that a full queue costs in librdkafka below 2.2. Private to this folder.
//
// Once a lane's queue is full, the broker's thread stops fetching and looks again only after about a second; draining
// the queue does not wake it, any request to that broker does. So when a lane has drained its queue and a partition of
// it is not at its end, one harmless request (its end offset) is sent to the partition's broker. May go when
// librdkafka 2.2 (fetch.queue.backoff.ms) is the floor.
#pragma once

#include "pipeline/base/blocking.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/partition_ledger.hpp"

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace weir::connectors::kafka {

// Lifetime: outlived by its pool; `after` is called on the pool's thread until the pool is joined.
// Executor: any thread. Cancellation, Errors: none; a request that fails is not repeated.
class Nudge {
 public:
  Nudge(Blocking& pool, std::size_t lanes, std::function<void(LaneIndex)> after);
  // Sends one request for the partition, soon; a lane has at most one waiting.
  void request(LaneIndex lane, std::shared_ptr<rd_kafka_t> client, TopicPartition partition);

 private:
  struct Wish {
    std::shared_ptr<rd_kafka_t> client;
    TopicPartition partition;
  };
  void run();

  Blocking& pool_;
  std::function<void(LaneIndex)> after_;
  std::mutex mutex_;
  std::vector<std::optional<Wish>> wishes_;  // by lane
  bool running_ = false;
};

}  // namespace weir::connectors::kafka
