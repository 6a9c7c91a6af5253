// GroupCoordinator: consumer groups (the classic protocol) and their committed offsets.
#pragma once

#include "embedded/broker/request_context.hpp"
#include "embedded/broker/storage/journal.hpp"
#include "embedded/broker/storage/partition_log.hpp"
#include "embedded/broker/timers.hpp"
#include "embedded/broker/wire/messages.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::embedded::broker::groups {

// What the broker's requests about groups ask. Requests and responses are those of the wire, field by field.
//
// Lifetime: open() .. close(); replies that wait when it goes are dropped. Executor: the broker's thread.
// Cancellation: none. Errors: in the responses, per Kafka's tables.
class GroupCoordinator {
 public:
  struct Options {
    std::filesystem::path data_dir;  // the journal is <data_dir>/meta/groups.log
    Duration initial_rebalance_delay = Duration::zero();
    Duration min_session_timeout = std::chrono::seconds(6);
    Duration max_session_timeout = std::chrono::minutes(30);
    Duration offsets_retention = std::chrono::hours(24 * 7);  // after the group became empty
    std::size_t max_group_size = 10'000;
    std::size_t memory = std::size_t{256} << 20;    // for members, and as much for offsets
    std::size_t max_fetch = std::size_t{64} << 20;  // of one answer to OffsetFetch, as it stands in memory
    bool repair = false;            // cut a damaged journal, begin a missing one instead of refusing to open
    bool journal_expected = false;  // there are topics: a missing journal has been lost
    // When a commit, and what else clients are told, counts as written: as with records, so that no commit is more
    // durable than what it points at. `always`: answered when it is on disk. `interval`: when it is written; sync()
    // comes for it.
    storage::Fsync fsync = storage::Fsync::always;
    // Whether a partition exists: commits for others are refused.
    std::function<bool(std::string_view topic, std::int32_t partition)> partition_exists;
  };

  static Result<std::unique_ptr<GroupCoordinator>> open(storage::FileSystem& files, storage::Flusher& flusher,
                                                        Timers& timers, Options options);
  virtual ~GroupCoordinator() = default;

  virtual void join_group(const RequestContext& context, const wire::JoinGroupRequest& request,
                          Reply<wire::JoinGroupResponse> reply) = 0;
  virtual void sync_group(const RequestContext& context, const wire::SyncGroupRequest& request,
                          Reply<wire::SyncGroupResponse> reply) = 0;
  virtual wire::HeartbeatResponse heartbeat(const RequestContext& context, const wire::HeartbeatRequest& request) = 0;
  virtual wire::LeaveGroupResponse leave_group(const RequestContext& context,
                                               const wire::LeaveGroupRequest& request) = 0;
  virtual void offset_commit(const RequestContext& context, const wire::OffsetCommitRequest& request,
                             Reply<wire::OffsetCommitResponse> reply) = 0;
  virtual wire::OffsetFetchResponse offset_fetch(const RequestContext& context,
                                                 const wire::OffsetFetchRequest& request) = 0;
  virtual wire::DescribeGroupsResponse describe_groups(const RequestContext& context,
                                                       const wire::DescribeGroupsRequest& request) = 0;
  virtual wire::ListGroupsResponse list_groups(const RequestContext& context,
                                               const wire::ListGroupsRequest& request) = 0;
  virtual void delete_groups(const RequestContext& context, const wire::DeleteGroupsRequest& request,
                             Reply<wire::DeleteGroupsResponse> reply) = 0;
  virtual void offset_delete(const RequestContext& context, const wire::OffsetDeleteRequest& request,
                             Reply<wire::OffsetDeleteResponse> reply) = 0;

  // The topics are gone: their offsets are forgotten, on disk before the call returns. Blocks for the disk, once. False
  // when some may come back with the next start: call again, before one of these topics is made anew.
  virtual bool forget_topics(const std::vector<std::string>& topics) = 0;
  // Topics that were missing at the start and for which that has still to be done.
  virtual std::vector<std::string> topics_to_forget() const = 0;
  // Housekeeping, called every few seconds: expired offsets, compaction of the journal.
  virtual void tend() = 0;
  // Asks for a sync of what was written since the last one; called every so often in mode interval, after the logs have
  // asked for theirs: a commit is not to be more durable than the records that it points at.
  virtual void sync() = 0;
  // Makes what was written durable; nothing is written afterwards, so that the data may be another broker's.
  virtual Result<void> close() = 0;
};

}  // namespace weir::embedded::broker::groups
