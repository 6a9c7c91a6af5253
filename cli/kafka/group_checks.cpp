#include "cli/kafka/group_checks.hpp"

#include "cli/kafka/kafka_access.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

using connectors::kafka::GroupInfo;
using connectors::kafka::GroupMember;

constexpr const char* kOtherProtocol = "' is of a protocol that this weir cannot describe (KIP-848, say)";

std::string describe_members(const std::vector<GroupMember>& members) {
  constexpr std::size_t kMostNamed = 5;
  std::string who;
  for (std::size_t i = 0; i < members.size() && i < kMostNamed; ++i)
    who += (i == 0 ? "" : ", ") + members[i].client_id + " on " + members[i].host;
  if (members.size() > kMostNamed) who += " and " + std::to_string(members.size() - kMostNamed) + " more";
  return who;
}

}  // namespace

bool is_unknown(const GroupInfo& group) {
  return group.described && group.state == "Dead" && group.members.empty();
}

Error no_such_group(const std::string& name, const std::string& brokers, const std::vector<std::string>& names) {
  if (std::ranges::find(names, name) != names.end())
    return Error(Errc::unsupported, "group '" + name + kOtherProtocol + "; Kafka's own kafka-consumer-groups.sh does");
  std::string hint = nearest_name(name, names);
  if (hint.empty()) hint = "; `weir groups ls` shows what there is";
  return Error(Errc::not_found, "there is no group '" + name + "' at " + brokers + hint);
}

std::optional<Error> refuse_reset(const GroupInfo& group) {
  if (!group.members.empty()) {
    return Error(Errc::already_exists,
                 "group '" + group.name + "' is live (" + group.state +
                     "): its members would overwrite the offsets; stop them first: " + describe_members(group.members));
  }
  // The broker's word that nobody is in it is enough, whatever the protocol.
  if (group.described || group.state == "Empty") return std::nullopt;
  const std::string state = group.state.empty() ? "" : " and " + group.state + ", not Empty";
  return Error(group.state.empty() ? Errc::unsupported : Errc::already_exists,
               "group '" + group.name + kOtherProtocol + state +
                   ": members that it may have would overwrite the offsets; stop them first" +
                   (group.state.empty() ? ", then use Kafka's own kafka-consumer-groups.sh --reset-offsets" : ""));
}

}  // namespace weir::cli
