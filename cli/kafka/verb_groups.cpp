// weir groups ls | describe | reset
#include "cli/kafka/group_checks.hpp"
#include "cli/kafka/group_view.hpp"
#include "cli/kafka/kafka_access.hpp"
#include "cli/terminal/text.hpp"
#include "cli/verbs.hpp"

#include <algorithm>
#include <map>
#include <ostream>

namespace weir::cli {

namespace {

using connectors::kafka::Admin;
using connectors::kafka::GroupInfo;
using connectors::kafka::GroupListing;
using connectors::kafka::GroupMember;
using connectors::kafka::OffsetRange;
using connectors::kafka::TopicInfo;

Error missing_group(Admin& admin, const std::string& name) {
  std::vector<std::string> names;
  if (const Result<std::vector<GroupListing>> all = admin.groups()) {
    for (const GroupListing& one : *all) names.push_back(one.name);
  }
  return no_such_group(name, admin.brokers(), names);
}

// Committed and assigned partitions together, with their ends.
Result<std::vector<GroupPlace>> gather_places(Admin& admin, const GroupInfo& group,
                                              const std::vector<Commit>& committed, const Console& console) {
  std::map<TopicPartition, GroupPlace> places;
  for (const Commit& commit : committed) places[commit.id].committed = commit.offset;
  for (const GroupMember& member : group.members) {
    for (const TopicPartition& id : member.assignment) places[id].member = member.client_id;
  }
  std::vector<TopicPartition> ids;
  for (const auto& [id, place] : places) ids.push_back(id);
  const Result<std::vector<OffsetRange>> ranges = admin.ranges(ids);
  if (!ranges) return ranges.error();
  warn_of_unknown(ids, *ranges, console);
  std::vector<GroupPlace> list;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    GroupPlace& place = places[ids[i]];
    place.id = ids[i];
    place.range = (*ranges)[i];
    list.push_back(std::move(place));
  }
  return list;
}

Result<GroupDetails> gather_group(Admin& admin, const std::string& name, const Console& console) {
  Result<GroupInfo> group = admin.group(name);
  if (!group) return group.error();
  Result<std::vector<Commit>> committed = admin.group_offsets(name);
  if (!committed) return committed.error();
  if (is_unknown(*group) && committed->empty()) return missing_group(admin, name);
  Result<std::vector<GroupPlace>> places = gather_places(admin, *group, *committed, console);
  if (!places) return places.error();
  return GroupDetails{std::move(*group), std::move(*places)};
}

// The partitions that the options name, each once.
Result<std::vector<TopicPartition>> chosen_partitions(Admin& admin, const std::vector<TopicChoice>& choices) {
  std::vector<TopicPartition> ids;
  for (const TopicChoice& choice : choices) {
    const Result<TopicInfo> topic = find_topic(admin, choice.topic);
    if (!topic) return topic.error();
    std::vector<TopicPartition> all = partitions_of(*topic);
    for (const Partition partition : choice.partitions) {
      if (std::ranges::find(all, partition, &TopicPartition::partition) != all.end()) {
        ids.push_back({choice.topic, partition});
        continue;
      }
      return Error(Errc::not_found, "topic '" + choice.topic + "' has no partition " + std::to_string(partition) +
                                        "; it has " + std::to_string(all.size()) + ", counted from 0");
    }
    if (choice.partitions.empty()) ids.insert(ids.end(), all.begin(), all.end());
  }
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

Result<std::vector<ResetPlace>> gather_reset_places(Admin& admin, const GroupsResetOptions& options) {
  const Result<std::vector<TopicPartition>> ids = chosen_partitions(admin, options.topics);
  if (!ids) return ids.error();
  const Result<std::vector<OffsetRange>> ranges = admin.ranges(*ids);
  if (!ranges) return ranges.error();
  const Result<std::vector<Commit>> committed = admin.group_offsets(options.group);
  if (!committed) return committed.error();
  std::vector<Offset> at_time(ids->size(), -1);
  if (options.to.to == ResetTarget::To::timestamp) {
    const Result<std::vector<Offset>> found = admin.offsets_at(*ids, options.to.number);
    if (!found) return found.error();
    at_time = *found;
  }
  std::vector<ResetPlace> places;
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const TopicPartition& id = (*ids)[i];
    const OffsetRange& range = (*ranges)[i];
    const bool timeless = options.to.to == ResetTarget::To::timestamp && at_time[i] < 0;
    // All or nothing: half a reset would be found out late.
    if (!range.known() || timeless) {
      return Error(Errc::unavailable, "where " + id.topic + "/" + std::to_string(id.partition) +
                                          " begins and ends is not known now (" + why_unknown(range) +
                                          "); nothing was changed. --topic " + id.topic +
                                          ":P,... with the other partitions goes on without it");
    }
    const auto commit = std::ranges::find(*committed, id, &Commit::id);
    places.push_back({id, commit == committed->end() ? -1 : commit->offset, range.start, range.end, at_time[i]});
  }
  return places;
}

Result<std::vector<OffsetMove>> plan_moves(Admin& admin, const GroupsResetOptions& options) {
  const Result<GroupInfo> group = admin.group(options.group);
  if (!group) return group.error();
  if (std::optional<Error> refusal = refuse_reset(*group)) return *std::move(refusal);
  if (is_unknown(*group) && !options.create) {
    const Error missing = missing_group(admin, options.group);
    if (missing.code() != Errc::not_found) return missing;
    return Error(missing.code(), missing.message() + "; --create sets the offsets of a group that is yet to come");
  }
  const Result<std::vector<ResetPlace>> places = gather_reset_places(admin, options);
  if (!places) return places.error();
  return plan_reset(options.to, *places);
}

}  // namespace

ExitCode list_groups(const GroupsListOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  const Result<std::vector<GroupListing>> groups = (*admin)->groups();
  if (!groups) return report_kafka_error(groups.error(), console);
  if (options.json) {
    for (const GroupListing& group : *groups) console.out << render_group_entry_json(group);
  } else if (!groups->empty()) {
    console.out << render_groups(*groups, console.out_traits.colours) << std::flush;
    if (!std::ranges::all_of(*groups, &GroupListing::described))
      console.err << "?: of a protocol that this weir cannot describe (KIP-848, say)\n";
  } else {
    console.err << "no groups at " << printable((*admin)->brokers()) << '\n';
  }
  return ExitCode::ok;
}

ExitCode describe_group(const GroupsDescribeOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  const Result<GroupDetails> details = gather_group(**admin, options.group, console);
  if (!details) return report_kafka_error(details.error(), console);
  console.out << (options.json ? render_group_json(*details) : render_group(*details, console.out_traits.colours));
  return ExitCode::ok;
}

ExitCode reset_group(const GroupsResetOptions& options, Console& console) {
  const Result<std::unique_ptr<Admin>> admin = connect_to_kafka(options.access, console.environment);
  if (!admin) return report_kafka_error(admin.error(), console);
  const Result<std::vector<OffsetMove>> moves = plan_moves(**admin, options);
  if (!moves) return report_kafka_error(moves.error(), console);
  console.out << (options.json ? render_moves_json(*moves) : render_moves(*moves, console.out_traits.colours))
              << std::flush;
  if (options.dry_run) {
    console.err << "nothing was changed: --dry-run\n";
    return ExitCode::ok;
  }
  const Result<bool> agreement =
      agreed(options.yes, "Put group '" + options.group + "' at " + (*admin)->brokers() + " there?", console);
  if (!agreement) {
    console.error(agreement.error().message());
    return ExitCode::usage;
  }
  if (!*agreement) {
    console.err << "nothing was changed\n";
    return ExitCode::failed;
  }
  std::vector<Commit> commits;
  for (const OffsetMove& move : *moves) commits.push_back({move.id, move.to});
  if (const Result<void> set = (*admin)->set_group_offsets(options.group, commits); !set)
    return report_kafka_error(set.error(), console);
  console.err << "done: " << grouped(commits.size()) << (commits.size() == 1 ? " partition\n" : " partitions\n");
  return ExitCode::ok;
}

}  // namespace weir::cli
