// What KafkaSource does about logs that are not what they seemed, and about topics that are not there. The rest is in
// source.cpp.
#include "connectors/kafka/source.hpp"
#include "connectors/kafka/topic_name.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::kafka {

namespace {

constexpr Duration kRemindEvery = std::chrono::minutes(1);

}  // namespace

Task<void> KafkaSource::look_into(Suspect suspect) {
  const bool one_partition = suspect.why != Suspect::Why::topic_is_gone;
  if (one_partition && lane_of(suspect.id).find(suspect.id) == nullptr) co_return;  // given back meanwhile
  OffsetRange range;
  if (one_partition) {
    Task<OffsetRange> asking = range_of(suspect.id);
    range = co_await std::move(asking);
  }
  Judgement judgement = suspicion_.judge(suspect, range);
  if (judgement.stand_still) {
    stand_still(suspect.id, std::move(judgement.reason));
    co_return;
  }
  if (judgement.distrust) {
    Task<void> distrusting = distrust(suspect.id);
    co_await std::move(distrusting);
  }
  Error why(Errc::not_found, std::move(judgement.reason));
  Task<void> again = start_again(std::move(why));
  co_await std::move(again);
}

// What is committed there now. Void before that is asked: no commit of ours may come after the answer.
Task<void> KafkaSource::distrust(TopicPartition id) {
  if (const std::shared_ptr<PartitionLedger> ledger = lane_of(id).find(id)) ledger->void_acks();
  std::vector<TopicPartition> one{id};
  Task<Result<std::vector<Offset>>> asking = client_->committed(std::move(one));
  Result<std::vector<Offset>> committed = co_await std::move(asking);
  distrusted_[id] = committed.has_value() ? std::optional<Offset>(committed->front()) : std::nullopt;
}

void KafkaSource::forget_what_is_replaced(const StartFacts& facts) {
  for (std::size_t i = 0; i < facts.partitions.size(); ++i) {
    const auto known = distrusted_.find(facts.partitions[i]);
    if (known != distrusted_.end() && known->second.value_or(facts.committed[i]) != facts.committed[i])
      distrusted_.erase(known);
  }
}

Task<OffsetRange> KafkaSource::range_of(TopicPartition id) {
  std::vector<TopicPartition> one{std::move(id)};
  Task<Result<std::vector<OffsetRange>>> asking = client_->ranges(std::move(one));
  Result<std::vector<OffsetRange>> ranges = co_await std::move(asking);
  OffsetRange range;
  if (ranges.has_error()) {
    range.trouble = ranges.error().message();
  } else {
    range = ranges->front();
  }
  co_return range;
}

// read() says it until the partition is taken away: the pipeline shows as paused, with this reason.
void KafkaSource::stand_still(const TopicPartition& id, std::string why) {
  Error error(Errc::data, why +
                              ". Nothing behind it is read, so that nothing is lost unseen. To go on without it, stop "
                              "weir and put the group behind it: weir groups reset " +
                              settings_.consumer.group + " --topic " + id.topic + ":" + std::to_string(id.partition) +
                              " --to OFFSET");
  report(error);
  lane_of(id).block(id, std::move(error));
  client_->wake(static_cast<LaneIndex>(id.partition) % readers_.size());
}

// The client says once that a topic is missing.
Task<void> KafkaSource::run_reminder_loop() {
  for (;;) {
    co_await clock_.sleep_for(kRemindEvery);
    if (topics_missing_) client_->raise(LookForTopics{});
  }
}

Task<void> KafkaSource::look_for_topics() {
  Task<Result<std::vector<TopicPartition>>> asking = client_->subscribed();
  Result<std::vector<TopicPartition>> there = co_await std::move(asking);
  if (there.has_error()) co_return;  // whoever cannot be asked is reported otherwise
  topics_missing_ = false;
  for (const std::string& topic : settings_.consumer.topics) {
    const bool found =
        topic.starts_with('^') || std::ranges::find(*there, topic, &TopicPartition::topic) != there->end();
    if (found) continue;
    topics_missing_ = true;
    report(missing_topic(topic, settings_.consumer.cluster.brokers));
  }
}

}  // namespace weir::connectors::kafka
