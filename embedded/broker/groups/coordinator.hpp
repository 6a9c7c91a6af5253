// Coordinator: all groups, their offsets and the journal that keeps both. The implementation of GroupCoordinator; one
// .cpp per family of requests.
#pragma once

#include "embedded/broker/groups/entries.hpp"
#include "embedded/broker/groups/group.hpp"
#include "embedded/broker/groups/group_coordinator.hpp"
#include "embedded/broker/groups/offsets.hpp"
#include "pipeline/base/log.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::embedded::broker::groups {

// Lifetime: as GroupCoordinator. Executor: the broker's thread. Cancellation: none. Errors: in the responses.
class Coordinator final : public GroupCoordinator, private GroupHost {
 public:
  Coordinator(Timers& timers, Options options);
  ~Coordinator() override;
  Result<void> start(storage::FileSystem& files, storage::Flusher& flusher);

  void join_group(const RequestContext& context, const wire::JoinGroupRequest& request,
                  Reply<wire::JoinGroupResponse> reply) override;
  void sync_group(const RequestContext& context, const wire::SyncGroupRequest& request,
                  Reply<wire::SyncGroupResponse> reply) override;
  wire::HeartbeatResponse heartbeat(const RequestContext& context, const wire::HeartbeatRequest& request) override;
  wire::LeaveGroupResponse leave_group(const RequestContext& context, const wire::LeaveGroupRequest& request) override;
  void offset_commit(const RequestContext& context, const wire::OffsetCommitRequest& request,
                     Reply<wire::OffsetCommitResponse> reply) override;
  wire::OffsetFetchResponse offset_fetch(const RequestContext& context,
                                         const wire::OffsetFetchRequest& request) override;
  wire::DescribeGroupsResponse describe_groups(const RequestContext& context,
                                               const wire::DescribeGroupsRequest& request) override;
  wire::ListGroupsResponse list_groups(const RequestContext& context, const wire::ListGroupsRequest& request) override;
  void delete_groups(const RequestContext& context, const wire::DeleteGroupsRequest& request,
                     Reply<wire::DeleteGroupsResponse> reply) override;
  void offset_delete(const RequestContext& context, const wire::OffsetDeleteRequest& request,
                     Reply<wire::OffsetDeleteResponse> reply) override;
  bool forget_topics(const std::vector<std::string>& topics) override;
  std::vector<std::string> topics_to_forget() const override { return {unforgotten_.begin(), unforgotten_.end()}; }
  void tend() override;
  void sync() override;
  Result<void> close() override;

 private:
  struct Slot {
    std::shared_ptr<Group> group;
    std::unique_ptr<Offsets> offsets;
    std::size_t commits_in_work = 0;
    bool recorded = false;  // the journal knows the group or its offsets
  };
  // A commit that is written and not on disk yet: nobody sees its offsets before that.
  struct Commit {
    std::weak_ptr<Group> group;  // gone, or another under its name: it was deleted meanwhile
    OffsetsRecord record;
    std::size_t bytes = 0;
  };
  using Slots = std::map<std::string, Slot, std::less<>>;

  // GroupHost
  void post(std::function<void()> answer) override;
  void persist(Group& group, std::function<void(bool stored)> done) override;
  void settle(Group& group) override;

  void forget_missing_topics();
  Slot* find(std::string_view group_id);
  // Where its offsets go; null for the commit of a group that was deleted.
  Slot* find(const Commit& commit);
  std::shared_ptr<Group> make_group(std::string_view id);
  // Null when there are too many groups.
  Slot* find_or_make(std::string_view group_id);
  void remove(Slots::iterator slot);
  // What nobody could tell from a group that never was goes.
  static bool is_void(const Slot& slot);
  void send_posted();
  bool exists(std::string_view topic, Partition partition) const;

  // Writes an entry; the failure is logged.
  bool write_entry(const std::string& entry);
  // Calls `done` when all entries so far are as safe as the options ask for, and sends what it posted.
  void when_safe(std::function<void(bool stored)> done);
  void log_failure(std::string_view what, const Error& error);

  // Takes offsets out of commits in work.
  template <class Matches>
  void drop_from_commits(Matches matches);
  bool has_room(const Offsets& offsets, const Commit& commit) const;
  void finish_commit(const std::shared_ptr<Commit>& commit, bool stored);
  void expire_offsets();
  void remove_void_groups();
  void compact();
  std::vector<std::string> live_entries();

  Timers& timers_;
  const Options options_;
  const GroupSettings settings_;
  MemoryUse member_memory_;
  MemoryUse offset_memory_;
  std::unique_ptr<storage::Journal> journal_;
  Slots slots_;
  std::deque<std::shared_ptr<Commit>> commits_;     // in the order of the journal
  bool written_ = false;                            // since the last sync()
  std::set<std::string, std::less<>> unforgotten_;  // topics that are gone; that is not on disk yet
  std::deque<std::function<void()>> posted_;
  bool sending_ = false;
  std::uint64_t next_compaction_;  // size of the journal at which it is looked at
  TimePoint next_expiry_;
  log::Limiter failures_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace weir::embedded::broker::groups
