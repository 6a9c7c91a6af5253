// Member: one consumer in a group, as the coordinator knows it.
#pragma once

#include "embedded/broker/groups/records.hpp"
#include "embedded/broker/request_context.hpp"
#include "embedded/broker/timers.hpp"
#include "embedded/broker/wire/messages.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::embedded::broker::groups {

// A way to assign partitions that the member knows, in the order of its preference; the metadata is the client's own.
using Protocol = GroupRecord::Member::Protocol;

// Lifetime: its group's. Executor: the broker's thread.
struct Member {
  std::string id;
  std::optional<std::string> instance_id;  // a static member (KIP-345): known by it across restarts
  std::string client_id;
  std::string client_host;
  Duration session_timeout{};
  Duration rebalance_timeout{};
  std::vector<Protocol> protocols;
  std::string assignment;

  // The parked requests, at most one of the two.
  Reply<wire::JoinGroupResponse> join;
  Reply<wire::SyncGroupResponse> sync;
  std::uint64_t join_order = 0;  // of the parked join: the lowest is the first
  // Parked with its first join in a version without MEMBER_ID_REQUIRED: it does not know its id, so if it is gone and
  // asks again it will be another member. Only such a member can expire while it is parked.
  bool anonymous = false;
  // Was told of the generation and has not asked for its assignment yet.
  bool owes_sync = false;

  TimePoint deadline;    // of its session
  Timers::Id timer = 0;  // looks at the deadline; not moved by every heartbeat
  TimePoint timer_at;

  bool is_static() const { return instance_id.has_value(); }
  bool is_parked() const { return join != nullptr || sync != nullptr; }
  // What the member said for this protocol; empty when it does not know it.
  std::string_view metadata(std::string_view protocol) const;
  // Roughly what it takes in memory.
  std::size_t footprint() const;

  GroupRecord::Member record() const;
  static Member from_record(GroupRecord::Member record);
};

}  // namespace weir::embedded::broker::groups
