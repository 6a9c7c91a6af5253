#include "connectors/kafka/group_questions.hpp"

#include "connectors/kafka/offset_question.hpp"
#include "connectors/kafka/topic_expression.hpp"
#include "connectors/kafka/topic_name.hpp"

#include <algorithm>
#include <set>

namespace weir::connectors::kafka::rdkafka {

namespace {

constexpr int kMostQuestions = 200;  // about single partitions, when some of them have no leader

using Metadata = std::unique_ptr<const struct rd_kafka_metadata, Freed<&rd_kafka_metadata_destroy>>;
using GroupList = std::unique_ptr<const struct rd_kafka_group_list, Freed<&rd_kafka_group_list_destroy>>;

PartitionList list_of(const std::vector<TopicPartition>& partitions, std::int64_t offset) {
  PartitionList list = make_list(partitions.size());
  for (const TopicPartition& id : partitions)
    rd_kafka_topic_partition_list_add(list.get(), id.topic.c_str(), id.partition)->offset = offset;
  return list;
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

int GroupQuestions::patience_ms() const {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(patience_).count());
}

Result<std::vector<Offset>> GroupQuestions::committed(const std::vector<TopicPartition>& partitions) const {
  std::vector<Offset> offsets(partitions.size(), -1);
  if (partitions.empty()) return offsets;
  const PartitionList list = list_of(partitions, RD_KAFKA_OFFSET_INVALID);
  const rd_kafka_resp_err_t code = rd_kafka_committed(client_, list.get(), patience_ms());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const rd_kafka_topic_partition_t* const place =
        rd_kafka_topic_partition_list_find(list.get(), partitions[i].topic.c_str(), partitions[i].partition);
    // Taken for "never committed", an answer that failed would start the partition from its beginning.
    if (place->err != RD_KAFKA_RESP_ERR_NO_ERROR && place->err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return error_of(place->err);
    if (place->offset >= 0) offsets[i] = place->offset;
  }
  return offsets;
}

Result<std::vector<Result<Offset>>> GroupQuestions::ask_once(const std::vector<TopicPartition>& partitions,
                                                             std::int64_t time) const {
  const PartitionList list = list_of(partitions, time);
  const rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client_, list.get(), patience_ms());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code);
  OffsetAnswers answers;
  for (const TopicPartition& id : partitions) {
    const rd_kafka_topic_partition_t* const place =
        rd_kafka_topic_partition_list_find(list.get(), id.topic.c_str(), id.partition);
    if (place->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      answers.emplace_back(error_of(place->err));
    } else {
      answers.emplace_back(place->offset);
    }
  }
  return answers;
}

Result<std::vector<OffsetRange>> GroupQuestions::ranges(const std::vector<TopicPartition>& partitions) const {
  std::vector<OffsetRange> ranges(partitions.size());
  if (partitions.empty()) return ranges;
  const SystemClock clock;
  const TimePoint until = clock.now() + patience_;
  const auto ask_all = [&](std::int64_t time) {
    int most_questions = kMostQuestions;
    const AskOffsets ask = [&](const std::vector<TopicPartition>& part) -> Result<OffsetAnswers> {
      if (clock.now() > until) return error_of(RD_KAFKA_RESP_ERR__TIMED_OUT);
      return ask_once(part, time);
    };
    return ask_in_parts(partitions, ask, most_questions);
  };
  const OffsetAnswers starts = ask_all(RD_KAFKA_OFFSET_BEGINNING);
  const OffsetAnswers ends = ask_all(RD_KAFKA_OFFSET_END);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (starts[i]) ranges[i].start = std::max<Offset>(*starts[i], -1);
    if (ends[i]) ranges[i].end = std::max<Offset>(*ends[i], -1);
    if (starts[i].has_error()) ranges[i].trouble = starts[i].error().message();
    if (ends[i].has_error()) ranges[i].trouble = ends[i].error().message();
  }
  return ranges;
}

Result<std::vector<TopicPartition>> GroupQuestions::partitions_of(const std::vector<std::string>& topics) const {
  const struct rd_kafka_metadata* answer = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client_, 1, nullptr, &answer, patience_ms());
  const Metadata metadata(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code);
  std::vector<TopicPartition> all;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic& topic = metadata->topics[i];
    const std::string name = text_or_empty(topic.topic);
    const bool meant =
        std::ranges::any_of(topics, [&name](const std::string& entry) { return means_topic(entry, name); });
    if (!meant) continue;
    // Taken for a topic without partitions, one that cannot be described would begin later than the group.
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(topic.err).with_context("topic '" + name + "'");
    for (int p = 0; p < topic.partition_cnt; ++p) all.push_back(TopicPartition{name, topic.partitions[p].id});
  }
  return all;
}

Result<std::string> GroupQuestions::members_of(const std::string& group) const {
  const struct rd_kafka_group_list* answer = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_list_groups(client_, group.c_str(), &answer, patience_ms());
  const GroupList list(answer);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code);
  std::set<std::string> members;
  for (int i = 0; i < list->group_cnt; ++i) {
    const rd_kafka_group_info& info = list->groups[i];
    const std::string rule = text_or_empty(info.protocol);
    for (int m = 0; m < info.member_cnt; ++m) {
      members.insert("client '" + text_or_empty(info.members[m].client_id) + "' on " +
                     text_or_empty(info.members[m].client_host) +
                     (rule.empty() ? std::string() : ", which shares partitions out by '" + rule + "'"));
    }
  }
  std::string text;
  for (const std::string& member : members) text += (text.empty() ? "" : "; ") + member;
  return text;
}

}  // namespace weir::connectors::kafka::rdkafka
