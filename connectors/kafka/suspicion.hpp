// What to do about a partition whose log is not what it seemed (Suspect, in client.hpp).
#pragma once

#include "connectors/kafka/client.hpp"

#include <map>
#include <string>
#include <utility>

namespace weir::connectors::kafka {

// Either it is another log now, or has lost its beginning: the member joins anew and reads what is there. Or a record in
// it is damaged: the partition stands still, for behind a record that lies about its place nobody knows what is missing.
struct Judgement {
  bool stand_still = false;
  bool distrust = false;  // the committed offset speaks of a log that is no more
  std::string reason;     // a sentence for a person, with topic and partition
};

// Lifetime: the source's. Executor: the control executor. Cancellation, Errors: none.
class Suspicion {
 public:
  // `range`: what the log holds now, as far as it can be learned.
  Judgement judge(const Suspect& suspect, const OffsetRange& range);

 private:
  Judgement judge_damage(const Suspect& suspect);
  Judgement judge_step_back(const Suspect& suspect, const std::string& holds);

  // Where a partition's offsets fell, and to what: the same fall again is no new log but a damaged one.
  std::map<TopicPartition, std::pair<Offset, Offset>> falls_;
  // Where a record was damaged last: what is so again was not damaged on its way.
  std::map<TopicPartition, Offset> damages_;
};

}  // namespace weir::connectors::kafka
