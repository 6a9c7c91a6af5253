#include "embedded/broker/groups/member.hpp"

namespace weir::embedded::broker::groups {

std::string_view Member::metadata(std::string_view protocol) const {
  for (const Protocol& known : protocols) {
    if (known.name == protocol) return known.metadata;
  }
  return {};
}

std::size_t Member::footprint() const {
  std::size_t bytes = sizeof(Member) + 2 * id.size() + client_id.size() + client_host.size() + assignment.size();
  for (const Protocol& protocol : protocols)
    bytes += sizeof(Protocol) + protocol.name.size() + protocol.metadata.size();
  return bytes;
}

GroupRecord::Member Member::record() const {
  GroupRecord::Member out;
  out.id = id;
  out.instance_id = instance_id;
  out.client_id = client_id;
  out.client_host = client_host;
  out.session_timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(session_timeout).count();
  out.rebalance_timeout_ms = std::chrono::duration_cast<std::chrono::milliseconds>(rebalance_timeout).count();
  out.protocols = protocols;
  out.assignment = assignment;
  return out;
}

Member Member::from_record(GroupRecord::Member record) {
  Member member;
  member.id = std::move(record.id);
  member.instance_id = std::move(record.instance_id);
  member.client_id = std::move(record.client_id);
  member.client_host = std::move(record.client_host);
  member.session_timeout = std::chrono::milliseconds(record.session_timeout_ms);
  member.rebalance_timeout = std::chrono::milliseconds(record.rebalance_timeout_ms);
  member.protocols = std::move(record.protocols);
  member.assignment = std::move(record.assignment);
  return member;
}

}  // namespace weir::embedded::broker::groups
