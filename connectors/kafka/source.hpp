// KafkaSource: weir's Kafka consumer, free of I/O: membership, ledgers, batches and commits over a ConsumerClient.
#pragma once

#include "connectors/kafka/client.hpp"
#include "connectors/kafka/lane_reader.hpp"
#include "connectors/kafka/start_plan.hpp"
#include "connectors/kafka/suspicion.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/retry.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/settings.hpp"
#include "pipeline/source.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

struct KafkaSourceSettings {
  ConsumerSettings consumer;
  std::size_t batch_messages = PipelineSettings().batch_messages;
  // Gives the static member id when the source opens; empty: consumer.instance_id as it is.
  std::function<Result<std::string>()> find_instance_id;
};

// One consumer of a group as a Source. Assignments are eager: each is a new epoch with new ledgers.
//
// Lifetime, Executor, Cancellation: as Source says.
// Errors: open() refuses settings; everything later is reported through SourceEvents and retried for ever.
class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaSourceSettings settings, MakeConsumer make_consumer, Clock& clock);
  ~KafkaSource() override;

  Task<Result<void>> open(Lanes lanes, SourceEvents& events) override;
  Task<Result<std::optional<Batch>>> read(LaneIndex lane) override;
  Task<Result<void>> commit(std::vector<Commit> watermarks) override;
  void stop_reading() override;
  bool at_end() const override;
  std::string waiting_for() const override;
  std::vector<PartitionEnd> ends() override;
  void leave_for_good() override;
  Task<void> close() override;

  // Records that were fetched and not handed out because their assignment had ended.
  std::uint64_t stale_records() const;

 private:
  Task<void> run_control_loop();
  Task<void> run_reminder_loop();
  Task<void> take_assignment(std::vector<TopicPartition> partitions);
  Task<void> give_back(std::vector<TopicPartition> partitions, bool lost);
  Task<void> start_again(Error why);
  Task<Result<std::vector<PlannedStart>>> find_starts(std::vector<TopicPartition> partitions);
  Task<void> begin_without_topics();
  Task<void> look_for_topics();
  Task<void> look_into(Suspect suspect);
  Task<void> distrust(TopicPartition id);
  void forget_what_is_replaced(const StartFacts& facts);
  Task<OffsetRange> range_of(TopicPartition id);
  void stand_still(const TopicPartition& id, std::string why);
  void raise_from_lane(ControlEvent event);
  LaneReader& lane_of(const TopicPartition& id);
  std::vector<TopicPartition> forget_assignment();
  void report(const Error& error);
  void say_how_it_left() const;

  KafkaSourceSettings settings_;
  MakeConsumer make_consumer_;
  Clock& clock_;

  Lanes lanes_;
  SourceEvents* events_ = nullptr;
  std::unique_ptr<ConsumerClient> client_;
  std::vector<std::unique_ptr<LaneReader>> readers_;
  std::unique_ptr<TaskGroup> tasks_;
  std::atomic<bool> stopped_{false};

  // Control executor only.
  // Gone with the source: what lanes posted here is then dropped.
  std::shared_ptr<void> alive_ = std::make_shared<char>();
  std::vector<TopicPartition> assigned_;
  AssignmentEpoch epoch_ = 0;
  bool settled_ = false;
  bool closed_ = false;
  Leaving leaving_ = Leaving::for_a_restart;
  RetryPolicy restart_pause_;
  std::uint32_t restarts_in_a_row_ = 0;
  TimePoint last_restart_{};
  bool topics_missing_ = false;  // as far as is known
  bool begun_ = false;           // the group has begun: what appears from now on is read from its first record
  // Commits that speak of a log that is no more; nothing: whichever there is. Each is believed again once another has
  // taken its place.
  std::map<TopicPartition, std::optional<Offset>> distrusted_;
  Suspicion suspicion_;
  std::map<std::string, TimePoint> reported_;
  std::string last_report_;  // since partitions were given back
};

}  // namespace weir::connectors::kafka
