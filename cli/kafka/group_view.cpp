#include "cli/kafka/group_view.hpp"

#include "cli/terminal/table.hpp"
#include "pipeline/text/json.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

using connectors::kafka::GroupListing;
using connectors::kafka::GroupMember;

Colour colour_of_group(std::string_view state) {
  if (state == "Stable") return Colour::green;
  if (state == "Empty") return Colour::none;
  return Colour::yellow;
}

std::string dash_if_none(Offset offset) {
  return offset < 0 ? "-" : std::to_string(offset);
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  text::append_json_string(out, text);
}

// An empty text stands for one that is not known.
void append_known(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) return append_text(out, name, text);
  out.append(",\"").append(name).append("\":null");
}

std::string state_of(const std::string& state) {
  return state.empty() ? "?" : state;
}

void append_offset(std::string& out, std::string_view name, Offset offset) {
  out.append(",\"").append(name).append("\":").append(offset < 0 ? "null" : std::to_string(offset));
}

std::string members_as_json(const std::vector<GroupMember>& members) {
  std::string out = "[";
  for (const GroupMember& member : members) {
    out += out.size() == 1 ? "{\"id\":" : ",{\"id\":";
    text::append_json_string(out, member.id);
    append_text(out, "instance_id", member.instance_id);
    append_text(out, "client_id", member.client_id);
    append_text(out, "host", member.host);
    out += ",\"assignment\":[";
    for (std::size_t k = 0; k < member.assignment.size(); ++k) {
      out += k == 0 ? "{\"topic\":" : ",{\"topic\":";
      text::append_json_string(out, member.assignment[k].topic);
      out += ",\"partition\":" + std::to_string(member.assignment[k].partition) + "}";
    }
    out += "]}";
  }
  return out + "]";
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
  std::string out = "{\"group\":";
  text::append_json_string(out, group.name);
  append_known(out, "state", group.state);
  if (!group.described) return out + ",\"protocol_type\":null,\"members\":null}\n";
  append_text(out, "protocol_type", group.protocol_type);
  return out + ",\"members\":" + std::to_string(group.members) + "}\n";
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
  std::string out = "{\"group\":";
  text::append_json_string(out, details.group.name);
  append_known(out, "state", details.group.state);
  append_text(out, "assignor", details.group.assignor);
  append_text(out, "coordinator", details.group.coordinator);
  out += ",\"members\":" + (details.group.described ? members_as_json(details.group.members) : "null");
  out += ",\"offsets\":[";
  for (std::size_t i = 0; i < details.places.size(); ++i) {
    const GroupPlace& place = details.places[i];
    out += i == 0 ? "{\"topic\":" : ",{\"topic\":";
    text::append_json_string(out, place.id.topic);
    out += ",\"partition\":" + std::to_string(place.id.partition);
    append_offset(out, "committed", place.committed);
    append_offset(out, "start", place.range.start);
    append_offset(out, "end", place.range.end);
    out += ",\"lag\":" + (place.lag() ? std::to_string(*place.lag()) : "null") + "}";
  }
  return out + "],\"lag\":" + std::to_string(details.lag()) + "}\n";
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
    out += "{\"topic\":";
    text::append_json_string(out, move.id.topic);
    out += ",\"partition\":" + std::to_string(move.id.partition);
    append_offset(out, "from", move.from);
    append_offset(out, "to", move.to);
    out += "}\n";
  }
  return out;
}

}  // namespace weir::cli
