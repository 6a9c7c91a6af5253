#include "cli/kafka/group_view.hpp"

#include "cli/terminal/table.hpp"
#include "pipeline/text/json_writer.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

using connectors::kafka::GroupListing;
using connectors::kafka::GroupMember;
using text::JsonWriter;

Colour colour_of_group(std::string_view state) {
  if (state == "Stable") return Colour::green;
  if (state == "Empty") return Colour::none;
  return Colour::yellow;
}

std::string dash_if_none(Offset offset) {
  return offset < 0 ? "-" : std::to_string(offset);
}

// An empty text stands for one that is not known.
void write_known(JsonWriter& json, std::string_view name, std::string_view text) {
  if (text.empty()) return json.null_member(name);
  json.member(name, text);
}

std::string state_of(const std::string& state) {
  return state.empty() ? "?" : state;
}

void write_offset(JsonWriter& json, std::string_view name, Offset offset) {
  if (offset < 0) return json.null_member(name);
  json.member(name, offset);
}

void write_members(JsonWriter& json, const std::vector<GroupMember>& members) {
  json.key("members");
  json.begin_array();
  for (const GroupMember& member : members) {
    json.begin_object();
    json.member("id", member.id);
    json.member("instance_id", member.instance_id);
    json.member("client_id", member.client_id);
    json.member("host", member.host);
    json.key("assignment");
    json.begin_array();
    for (const TopicPartition& assigned : member.assignment) {
      json.begin_object();
      json.member("topic", assigned.topic);
      json.member("partition", assigned.partition);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void write_places(JsonWriter& json, const std::vector<GroupPlace>& places) {
  json.key("offsets");
  json.begin_array();
  for (const GroupPlace& place : places) {
    json.begin_object();
    json.member("topic", place.id.topic);
    json.member("partition", place.id.partition);
    write_offset(json, "committed", place.committed);
    write_offset(json, "start", place.range.start);
    write_offset(json, "end", place.range.end);
    json.member("lag", place.lag());
    json.end_object();
  }
  json.end_array();
}

std::string describe_count(const connectors::kafka::GroupInfo& group) {
  if (!group.described) return "members not known (a protocol that this weir cannot describe, KIP-848, say)";
  return grouped(group.members.size()) + (group.members.size() == 1 ? " member" : " members");
}

std::string render_members(const std::vector<GroupMember>& members, bool colours) {
  Table table({{"CLIENT"}, {"HOST"}, {"MEMBER"}, {"ASSIGNMENT"}});
  for (const GroupMember& member : members) {
    table.add({{printable(member.client_id), Colour::bold},
               {printable(member.host)},
               {printable(member.instance_id.empty() ? member.id : member.instance_id + " (static)"), Colour::grey},
               {printable(member.assignment.empty() ? "-" : describe_assignment(member.assignment))}});
  }
  return table.empty() ? std::string() : "\n" + table.str(colours);
}

std::string render_places(const std::vector<GroupPlace>& places, bool colours) {
  Table table({{"TOPIC"}, {"PARTITION", true}, {"COMMITTED", true}, {"END", true}, {"LAG", true}, {"CLIENT"}});
  for (const GroupPlace& place : places) {
    const std::optional<std::uint64_t> lag = place.lag();
    table.add({{printable(place.id.topic), Colour::bold},
               {std::to_string(place.id.partition), Colour::cyan},
               {dash_if_none(place.committed)},
               {dash_if_none(place.range.end)},
               {lag ? std::to_string(*lag) : "?", lag.value_or(1) == 0 ? Colour::none : Colour::yellow},
               {printable(place.member), Colour::grey}});
  }
  return table.empty() ? "\nnothing is committed or assigned\n" : "\n" + table.str(colours);
}

}  // namespace

std::optional<std::uint64_t> GroupPlace::lag() const {
  if (!range.known()) return std::nullopt;
  const Offset from = committed < 0 ? range.start : committed;
  return from >= range.end ? 0 : static_cast<std::uint64_t>(range.end - from);
}

std::uint64_t GroupDetails::lag() const {
  std::uint64_t sum = 0;
  for (const GroupPlace& place : places) sum += place.lag().value_or(0);
  return sum;
}

std::string render_groups(const std::vector<GroupListing>& groups, bool colours) {
  Table table({{"GROUP"}, {"STATE"}, {"PROTOCOL"}, {"MEMBERS", true}});
  for (const GroupListing& group : groups) {
    const std::string protocol = group.protocol_type.empty() ? "-" : group.protocol_type;
    table.add({{printable(group.name), Colour::bold},
               {printable(state_of(group.state)), colour_of_group(group.state)},
               {group.described ? printable(protocol) : "?"},
               {group.described ? std::to_string(group.members) : "?"}});
  }
  return table.str(colours);
}

std::string render_group_entry_json(const GroupListing& group) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("group", group.name);
  write_known(json, "state", group.state);
  if (group.described) {
    json.member("protocol_type", group.protocol_type);
    json.member("members", group.members);
  } else {
    json.null_member("protocol_type");
    json.null_member("members");
  }
  json.end_object();
  return out + "\n";
}

std::string render_group(const GroupDetails& details, bool colours) {
  const connectors::kafka::GroupInfo& group = details.group;
  std::string out = coloured(printable(group.name), Colour::bold, colours) + ": " +
                    coloured(printable(state_of(group.state)), colour_of_group(group.state), colours) + ", " +
                    describe_count(group);
  if (!group.assignor.empty()) out += ", assignor " + printable(group.assignor);
  if (!group.coordinator.empty()) out += ", coordinator " + printable(group.coordinator);
  out += ", lag " + grouped(details.lag()) + "\n";
  return out + render_members(group.members, colours) + render_places(details.places, colours);
}

std::string render_group_json(const GroupDetails& details) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("group", details.group.name);
  write_known(json, "state", details.group.state);
  json.member("assignor", details.group.assignor);
  if (details.group.described) {
    write_members(json, details.group.members);
  } else {
    json.null_member("members");
  }
  write_places(json, details.places);
  json.member("lag", details.lag());
  json.end_object();
  return out + "\n";
}

std::string describe_assignment(const std::vector<TopicPartition>& assignment) {
  std::vector<TopicPartition> sorted = assignment;
  std::ranges::sort(sorted);
  std::string out;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const bool same_topic = i > 0 && sorted[i - 1].topic == sorted[i].topic;
    if (!same_topic) out += (i == 0 ? "" : " ") + sorted[i].topic + "/";
    out += (same_topic ? "," : "") + std::to_string(sorted[i].partition);
  }
  return out;
}

std::string render_moves(const std::vector<OffsetMove>& moves, bool colours) {
  Table table({{"TOPIC"}, {"PARTITION", true}, {"OLD", true}, {"NEW", true}, {""}});
  for (const OffsetMove& move : moves) {
    std::string note;
    if (move.from >= 0 && move.to < move.from)
      note = grouped(static_cast<std::uint64_t>(move.from - move.to)) + " again";
    if (move.from >= 0 && move.to > move.from)
      note = grouped(static_cast<std::uint64_t>(move.to - move.from)) + " skipped";
    if (move.bounded) note += note.empty() ? "(bounded)" : " (bounded)";
    table.add({{printable(move.id.topic), Colour::bold},
               {std::to_string(move.id.partition), Colour::cyan},
               {dash_if_none(move.from)},
               {std::to_string(move.to), move.to == move.from ? Colour::none : Colour::yellow},
               {note, Colour::grey}});
  }
  return table.str(colours);
}

std::string render_moves_json(const std::vector<OffsetMove>& moves) {
  std::string out;
  for (const OffsetMove& move : moves) {
    JsonWriter json(out);
    json.begin_object();
    json.member("topic", move.id.topic);
    json.member("partition", move.id.partition);
    write_offset(json, "from", move.from);
    write_offset(json, "to", move.to);
    json.end_object();
    out += '\n';
  }
  return out;
}

}  // namespace weir::cli
