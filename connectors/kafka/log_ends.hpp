// LogEnds: where partitions end, for the lag that people see. Private to this folder.
//
// What a fetch tells of a log's end grows old as soon as fetching stops, and that is when the lag is wanted: while the
// pipeline is held up. So the broker is asked, in the background, when somebody looks.
#pragma once

#include "connectors/kafka/rdkafka.hpp"
#include "pipeline/base/blocking.hpp"
#include "pipeline/base/clock.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace weir::connectors::kafka {

// Lifetime: outlived by its pool and the clock. Executor: any thread; never blocks.
// Cancellation, Errors: none; what cannot be learned stays as it was, and what is no longer asked for is forgotten.
class LogEnds {
 public:
  LogEnds(Blocking& pool, Clock& clock) : pool_(pool), clock_(clock) {}

  // What is known, in the order of `partitions`; -1: nothing. Asks anew when that is some seconds old.
  std::vector<Offset> look(const std::shared_ptr<rd_kafka_t>& client, const std::vector<TopicPartition>& partitions);

 private:
  void ask(rd_kafka_t* client, const std::vector<TopicPartition>& partitions);

  Blocking& pool_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<TopicPartition, Offset> known_;
  TimePoint asked_at_{};
  bool asking_ = false;
};

}  // namespace weir::connectors::kafka
