// Admin's questions about where partitions begin and end.
#include "connectors/kafka/admin_impl.hpp"
#include "connectors/kafka/offset_question.hpp"

#include <algorithm>
#include <map>

namespace weir::connectors::kafka {

namespace {

using Asked = std::vector<TopicPartition>;

Error without_leader() {
  return Error(Errc::unavailable, "it has no leader");
}

Error error_of_partition(const Admin::Impl& impl, rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
      return without_leader();
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return Error(Errc::not_found, "it is not there any more");
    default:
      return impl.error(code);
  }
}

// librdkafka takes the special times -1 and -2 as ListOffsets does, for many partitions in one request per broker. It
// lifts the error of one partition to the whole question and then tells nothing of the others.
Result<OffsetAnswers> ask_once(const Admin::Impl& impl, const Asked& partitions, std::int64_t time, Duration limit) {
  const rdkafka::PartitionList list = rdkafka::make_list(partitions.size());
  for (const TopicPartition& id : partitions)
    rd_kafka_topic_partition_list_add(list.get(), id.topic.c_str(), id.partition)->offset = time;
  const rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(impl.client.get(), list.get(), whole_ms(limit));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of_partition(impl, code);
  OffsetAnswers answers;
  for (const TopicPartition& id : partitions) {
    const rd_kafka_topic_partition_t* const place =
        rd_kafka_topic_partition_list_find(list.get(), id.topic.c_str(), id.partition);
    if (place->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      answers.emplace_back(error_of_partition(impl, place->err));
    } else {
      answers.emplace_back(place->offset);
    }
  }
  return answers;
}

// Broker id → the partitions that it leads; -1 → those that nobody leads, or that are not there.
Result<std::map<int, Asked>> by_leader(const Admin::Impl& impl, const Asked& partitions, Duration limit) {
  Result<std::vector<TopicInfo>> topics = fetch_topics(impl, limit);
  if (topics.has_error()) return topics.error();
  std::map<TopicPartition, int> leaders;
  for (const TopicInfo& topic : *topics) {
    for (const PartitionInfo& partition : topic.partitions)
      leaders[TopicPartition{topic.name, partition.id}] = partition.leader;
  }
  std::map<int, Asked> groups;
  for (const TopicPartition& id : partitions) {
    const auto leader = leaders.find(id);
    groups[leader == leaders.end() ? -1 : leader->second].push_back(id);
  }
  return groups;
}

// Per partition, as far as it can be learned. The quick way is one question; it has half of the time. When that fails,
// each broker is asked for itself, so that one that is away, or one bad partition, hides no other.
OffsetAnswers list_offsets(const Admin::Impl& impl, const Asked& partitions, std::int64_t time) {
  constexpr int kMostQuestions = 1000;
  if (partitions.empty()) return {};
  const SystemClock clock;
  const TimePoint deadline = clock.now() + impl.patience;
  Result<OffsetAnswers> at_once = ask_once(impl, partitions, time, impl.patience / 2);
  if (at_once) return std::move(*at_once);
  OffsetAnswers answers(partitions.size(), at_once.error());
  const Result<std::map<int, Asked>> groups = by_leader(impl, partitions, deadline - clock.now());
  if (groups.has_error()) return answers;
  std::map<TopicPartition, Result<Offset>> found;
  int questions = kMostQuestions;
  auto brokers_left = static_cast<int>(groups->size());
  for (const auto& [leader, group] : *groups) {
    const TimePoint until = clock.now() + (deadline - clock.now()) / brokers_left--;
    const AskOffsets ask = [&](const Asked& part) -> Result<OffsetAnswers> {
      const Duration limit = until - clock.now();
      if (limit <= Duration::zero()) return impl.error(RD_KAFKA_RESP_ERR__TIMED_OUT);
      return ask_once(impl, part, time, limit);
    };
    const OffsetAnswers of_group =
        leader < 0 ? OffsetAnswers(group.size(), without_leader()) : ask_in_parts(group, ask, questions);
    for (std::size_t i = 0; i < group.size(); ++i) found.insert_or_assign(group[i], of_group[i]);
  }
  for (std::size_t i = 0; i < partitions.size(); ++i) answers[i] = found.at(partitions[i]);
  return answers;
}

// The trouble of all, where there is nobody who knows anything.
std::optional<Error> common_failure(const OffsetAnswers& answers) {
  for (const Result<Offset>& answer : answers) {
    if (answer || !concerns_all_partitions(answer.error())) return std::nullopt;
  }
  return answers.empty() ? std::nullopt : std::optional(answers.front().error());
}

}  // namespace

Result<std::vector<OffsetRange>> Admin::ranges(const std::vector<TopicPartition>& partitions) {
  const OffsetAnswers starts = list_offsets(*impl_, partitions, RD_KAFKA_OFFSET_BEGINNING);
  if (std::optional<Error> failure = common_failure(starts)) return *std::move(failure);
  std::vector<OffsetRange> ranges(partitions.size());
  Asked begun;
  std::vector<OffsetRange*> places;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (starts[i]) {
      ranges[i].start = std::max<Offset>(*starts[i], -1);
      begun.push_back(partitions[i]);
      places.push_back(&ranges[i]);
    } else {
      ranges[i].trouble = starts[i].error().message();
    }
  }
  const OffsetAnswers ends = list_offsets(*impl_, begun, RD_KAFKA_OFFSET_END);
  if (std::optional<Error> failure = common_failure(ends)) return *std::move(failure);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i]) {
      places[i]->end = std::max<Offset>(*ends[i], -1);
    } else {
      places[i]->trouble = ends[i].error().message();
    }
  }
  return ranges;
}

Result<std::vector<Offset>> Admin::offsets_at(const std::vector<TopicPartition>& partitions,
                                              std::int64_t timestamp_ms) {
  const OffsetAnswers found = list_offsets(*impl_, partitions, timestamp_ms);
  if (std::optional<Error> failure = common_failure(found)) return *std::move(failure);
  const auto newer_than_all = [](const Result<Offset>& offset) {
    return offset && *offset == RD_KAFKA_OFFSET_END;
  };
  OffsetAnswers ends;  // asked for only where somebody needs them
  if (std::ranges::any_of(found, newer_than_all)) ends = list_offsets(*impl_, partitions, RD_KAFKA_OFFSET_END);
  if (std::optional<Error> failure = common_failure(ends)) return *std::move(failure);
  std::vector<Offset> offsets;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const Result<Offset>& offset = newer_than_all(found[i]) ? ends[i] : found[i];
    offsets.push_back(offset ? std::max<Offset>(*offset, -1) : -1);
  }
  return offsets;
}

}  // namespace weir::connectors::kafka
