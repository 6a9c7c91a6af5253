// Where things are in a log: by time, and by leader epoch.
#include "embedded/broker/api/handlers.hpp"

#include <unordered_set>

namespace weir::embedded::broker::api {

namespace {

using storage::PartitionLog;
using wire::ErrorCode;

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;

void look_up(PartitionLog& log, std::int64_t timestamp, wire::ListOffsetsResponse::Topic::Partition& out) {
  out.leader_epoch = log.leader_epoch();
  if (timestamp == kLatest) {
    out.offset = log.high_watermark();
    return;
  }
  if (timestamp == kEarliest) {
    out.offset = log.log_start();
    return;
  }
  if (timestamp < kMaxTimestamp) {
    out.error_code = ErrorCode::unsupported_version;
    return;
  }
  const std::optional<storage::TimestampedOffset> found =
      timestamp == kMaxTimestamp ? log.newest_timestamp() : log.find_timestamp(timestamp);
  if (!found) {
    out.leader_epoch = -1;
    return;
  }
  out.offset = found->offset;
  out.timestamp = found->timestamp;
}

}  // namespace

ErrorCode check_leader(const PartitionLog& log, std::int32_t epoch) {
  if (log.failed()) return ErrorCode::kafka_storage_error;
  if (epoch < 0 || epoch == log.leader_epoch()) return ErrorCode::none;
  return epoch < log.leader_epoch() ? ErrorCode::fenced_leader_epoch : ErrorCode::unknown_leader_epoch;
}

void list_offsets(Call& call, const wire::ListOffsetsRequest& request, Reply<wire::ListOffsetsResponse> reply) {
  wire::ListOffsetsResponse response;
  std::unordered_set<const PartitionLog*> asked;  // a look-up may read files: once per request and partition
  for (const auto& topic : request.topics) {
    wire::ListOffsetsResponse::Topic& answer = response.topics.emplace_back();
    answer.name = std::string(topic.name);
    for (const auto& partition : topic.partitions) {
      wire::ListOffsetsResponse::Topic::Partition& out = answer.partitions.emplace_back();
      out.index = partition.index;
      PartitionLog* log = call.node.topics.find_partition(topic.name, partition.index);
      if (log == nullptr) {
        out.error_code = ErrorCode::unknown_topic_or_partition;
        continue;
      }
      out.error_code =
          asked.insert(log).second ? check_leader(*log, partition.current_leader_epoch) : ErrorCode::invalid_request;
      if (out.error_code == ErrorCode::none) look_up(*log, partition.timestamp, out);
    }
  }
  reply(std::move(response));
}

void offset_for_leader_epoch(Call& call, const wire::OffsetForLeaderEpochRequest& request,
                             Reply<wire::OffsetForLeaderEpochResponse> reply) {
  wire::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    wire::OffsetForLeaderEpochResponse::Topic& answer = response.topics.emplace_back();
    answer.name = std::string(topic.name);
    for (const auto& partition : topic.partitions) {
      wire::OffsetForLeaderEpochResponse::Topic::Partition& out = answer.partitions.emplace_back();
      out.index = partition.index;
      const PartitionLog* log = call.node.topics.find_partition(topic.name, partition.index);
      if (log == nullptr) {
        out.error_code = ErrorCode::unknown_topic_or_partition;
        continue;
      }
      out.error_code = check_leader(*log, partition.current_leader_epoch);
      if (out.error_code != ErrorCode::none) continue;
      const PartitionLog::EpochEnd end = log->end_of_epoch(partition.leader_epoch);
      out.leader_epoch = end.epoch;
      out.end_offset = end.end;
    }
  }
  reply(std::move(response));
}

}  // namespace weir::embedded::broker::api
