// OffsetCommit: checked, written, and answered when it is on disk.
#include "embedded/broker/groups/coordinator.hpp"

#include <algorithm>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

wire::OffsetCommitResponse refused_commit(const wire::OffsetCommitRequest& request, ErrorCode error) {
  wire::OffsetCommitResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) answer.partitions.push_back({partition.index, error});
  }
  return response;
}

OffsetsRecord::Topic::Partition committed(const wire::OffsetCommitRequest::Topic::Partition& wanted, WallTime now) {
  OffsetsRecord::Topic::Partition partition;
  partition.index = wanted.index;
  partition.offset = wanted.committed_offset;
  partition.leader_epoch = wanted.committed_leader_epoch;
  partition.committed_ms = now.time_since_epoch().count();
  partition.metadata = wanted.committed_metadata.value_or(std::string_view());
  return partition;
}

// Turns what was accepted into a refusal.
void fail_accepted(wire::OffsetCommitResponse& response, ErrorCode error) {
  for (auto& topic : response.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code == ErrorCode::none) partition.error_code = error;
    }
  }
}

}  // namespace

void Coordinator::offset_commit(const RequestContext&, const wire::OffsetCommitRequest& request,
                                Reply<wire::OffsetCommitResponse> reply) {
  if (request.group_id.size() > kMaxGroupIdBytes) return reply(refused_commit(request, ErrorCode::invalid_group_id));
  Slot* slot = find(request.group_id);
  if (slot == nullptr && request.generation_id >= 0) {
    return reply(refused_commit(request, ErrorCode::illegal_generation));
  }
  if (slot != nullptr) {
    const ErrorCode error = slot->group->check_commit(request);
    if (error != ErrorCode::none) return reply(refused_commit(request, error));
  }

  wire::OffsetCommitResponse response = refused_commit(request, ErrorCode::none);
  auto commit = std::make_shared<Commit>();
  commit->record.group_id = request.group_id;
  for (std::size_t t = 0; t < request.topics.size(); ++t) {
    const auto& topic = request.topics[t];
    OffsetsRecord::Topic accepted;
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const auto& wanted = topic.partitions[p];
      ErrorCode& error = response.topics[t].partitions[p].error_code;
      const std::size_t metadata = wanted.committed_metadata ? wanted.committed_metadata->size() : 0;
      if (!exists(topic.name, wanted.index)) {
        error = ErrorCode::unknown_topic_or_partition;
      } else if (metadata > kMaxOffsetMetadataBytes) {
        error = ErrorCode::offset_metadata_too_large;
      } else {
        commit->bytes += Offsets::footprint(topic.name, wanted.committed_metadata.value_or(std::string_view()));
        accepted.partitions.push_back(committed(wanted, timers_.wall_now()));
      }
    }
    if (accepted.partitions.empty()) continue;
    accepted.name = topic.name;
    commit->record.topics.push_back(std::move(accepted));
  }
  if (commit->record.topics.empty()) return reply(std::move(response));
  if (commit->bytes > kMaxCommitBytes) {
    fail_accepted(response, ErrorCode::offset_metadata_too_large);
    return reply(std::move(response));
  }

  if (slot == nullptr) slot = find_or_make(request.group_id);
  const bool taken = slot != nullptr && has_room(*slot->offsets, *commit) && write_entry(entry_of(commit->record));
  if (!taken) {
    const std::shared_ptr<Group> group = slot == nullptr ? nullptr : slot->group;
    fail_accepted(response, ErrorCode::coordinator_not_available);
    post([reply = std::move(reply), response = std::move(response)] { reply(response); });
    return group ? settle(*group) : send_posted();
  }
  commit->group = slot->group;
  slot->recorded = true;
  ++slot->commits_in_work;
  offset_memory_.used += commit->bytes;
  commits_.push_back(commit);
  when_safe([this, commit, reply = std::move(reply), response = std::move(response)](bool stored) mutable {
    finish_commit(commit, stored);
    if (!stored) fail_accepted(response, ErrorCode::coordinator_not_available);
    post([reply = std::move(reply), response = std::move(response)] { reply(response); });
  });
}

// Who does not grow is not refused because others have taken all there is: what a commit holds on its way to the disk,
// and gives back, may come out of the reserve.
bool Coordinator::has_room(const Offsets& offsets, const Commit& commit) const {
  const bool grows = offsets.growth(commit.record) > 0;
  return offset_memory_.has_room(commit.bytes, grows ? 0 : offset_memory_.limit / 4);
}

void Coordinator::finish_commit(const std::shared_ptr<Commit>& commit, bool stored) {
  commits_.erase(std::find(commits_.begin(), commits_.end(), commit));  // nearly always the first
  offset_memory_.used -= commit->bytes;
  Slot* slot = find(*commit);
  if (slot == nullptr) return;
  --slot->commits_in_work;
  if (stored) slot->offsets->apply(commit->record);
}

}  // namespace weir::embedded::broker::groups
