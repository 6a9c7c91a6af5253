// How consumer groups are shown by `weir groups`.
#pragma once

#include "cli/kafka/group_reset.hpp"
#include "connectors/kafka/admin_client.hpp"

#include <string>
#include <vector>

namespace weir::cli {

std::string render_groups(const std::vector<connectors::kafka::GroupListing>& groups, bool colours);
std::string render_group_entry_json(const connectors::kafka::GroupListing& group);

// Where the group stands in one partition. -1: nothing is committed, or not to be learned now.
struct GroupPlace {
  TopicPartition id;
  Offset committed = -1;
  connectors::kafka::OffsetRange range;
  std::string member;  // who has it now: its client id; may be empty
  // What is still to be read: from the commit, or from the start where there is none.
  std::optional<std::uint64_t> lag() const;
};

struct GroupDetails {
  connectors::kafka::GroupInfo group;
  std::vector<GroupPlace> places;  // by topic and partition
  std::uint64_t lag() const;
};
std::string render_group(const GroupDetails& details, bool colours);
// One line.
std::string render_group_json(const GroupDetails& details);

// "orders/0,2 payments/1"
std::string describe_assignment(const std::vector<TopicPartition>& assignment);

std::string render_moves(const std::vector<OffsetMove>& moves, bool colours);
// One line per move: {"topic","partition","from","to"}.
std::string render_moves_json(const std::vector<OffsetMove>& moves);

}  // namespace weir::cli
