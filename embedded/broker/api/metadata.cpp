// Who this broker is and which topics it has.
#include "embedded/broker/api/handlers.hpp"
#include "embedded/broker/topics/changes.hpp"
#include "pipeline/base/log.hpp"

#include <map>
#include <set>

namespace weir::embedded::broker::api {

namespace {

using wire::ErrorCode;

// Bits by the numbers of Kafka's AclOperation: everybody who is let in may do everything.
template <class... Operations>
constexpr std::int32_t bits(Operations... operations) {
  return ((1 << operations) | ...);
}
constexpr int kRead = 3, kWrite = 4, kCreate = 5, kDelete = 6, kAlter = 7, kDescribe = 8, kClusterAction = 9,
              kDescribeConfigs = 10, kAlterConfigs = 11, kIdempotentWrite = 12;
constexpr std::int32_t kTopicOperations =
    bits(kRead, kWrite, kCreate, kDelete, kAlter, kDescribe, kDescribeConfigs, kAlterConfigs);
constexpr std::int32_t kClusterOperations =
    bits(kCreate, kAlter, kDescribe, kClusterAction, kDescribeConfigs, kAlterConfigs, kIdempotentWrite);

void add_authorized_operations(const wire::MetadataRequest& request, wire::MetadataResponse& response) {
  if (request.include_cluster_authorized_operations) response.cluster_authorized_operations = kClusterOperations;
  if (!request.include_topic_authorized_operations) return;
  for (wire::MetadataResponse::Topic& topic : response.topics) {
    if (topic.error_code == ErrorCode::none) topic.authorized_operations = kTopicOperations;
  }
}

void add_partitions(const topics::Topic& topic, wire::MetadataResponse::Topic& out) {
  out.partitions.reserve(topic.partitions.size());
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    wire::MetadataResponse::Topic::Partition& partition = out.partitions.emplace_back();
    partition.index = static_cast<std::int32_t>(i);
    partition.leader_id = kNodeId;
    partition.leader_epoch = topic.partitions[i]->leader_epoch();
    partition.replica_nodes = {kNodeId};
    partition.isr_nodes = {kNodeId};
  }
}

wire::MetadataResponse::Topic describe(const topics::Topic& topic) {
  wire::MetadataResponse::Topic out;
  out.name = topic.name;
  out.id = topic.id;
  add_partitions(topic, out);
  return out;
}

using Refusals = std::map<std::string_view, ErrorCode>;

// Makes all that are missing, with one write to the disk: at once and with a leader, where Kafka first answers that
// there is none yet and lets the client ask again. What could not be made is told.
Refusals create_missing(Node& node, const std::vector<wire::MetadataRequest::Topic>& wanted) {
  topics::Changes changes(node.topics);
  Refusals refused;
  std::set<std::string_view> made;
  for (const wire::MetadataRequest::Topic& topic : wanted) {
    const bool missing = topic.name && topic.id.is_nil() && node.topics.find(*topic.name) == nullptr;
    if (!missing || made.contains(*topic.name) || refused.contains(*topic.name)) continue;
    const topics::TopicError error = changes.create(*topic.name, -1, {});
    if (error.ok()) {
      made.insert(*topic.name);
    } else {
      refused[*topic.name] = error.code;
    }
  }
  if (made.empty()) return refused;
  const topics::TopicError failed = changes.commit();
  for (const std::string_view name : made) {
    if (!failed.ok()) refused[name] = failed.code;
  }
  return refused;
}

wire::MetadataResponse::Topic describe_named(Node& node, std::string_view name, const Refusals& refused) {
  if (const topics::Topic* topic = node.topics.find(name)) return describe(*topic);
  wire::MetadataResponse::Topic out;
  out.name = std::string(name);
  const auto found = refused.find(name);
  out.error_code = found != refused.end() ? found->second : ErrorCode::unknown_topic_or_partition;
  return out;
}

wire::MetadataResponse::Topic describe_by_id(Node& node, const Uuid& id) {
  if (const topics::Topic* topic = node.topics.find(id)) return describe(*topic);
  wire::MetadataResponse::Topic out;
  out.id = id;
  out.error_code = ErrorCode::unknown_topic_id;
  return out;
}

}  // namespace

void metadata(Call& call, const wire::MetadataRequest& request, Reply<wire::MetadataResponse> reply) {
  Node& node = call.node;
  wire::MetadataResponse response;
  response.brokers.push_back({.node_id = kNodeId,
                              .host = std::string(call.context.advertised_host),
                              .port = call.context.advertised_port,
                              .rack = std::nullopt});
  response.cluster_id = node.cluster_id;
  response.controller_id = kNodeId;

  // Version 0 says "all" with an empty list. Before version 4 there is no flag, and creation is expected.
  const bool all = !request.topics || (call.context.version == 0 && request.topics->empty());
  const bool may_create = node.auto_create_topics && (call.context.version < 4 || request.allow_auto_topic_creation);
  if (all) {
    for (const auto& [name, topic] : node.topics.all()) response.topics.push_back(describe(*topic));
    add_authorized_operations(request, response);
    return reply(std::move(response));
  }
  const Refusals refused = may_create ? create_missing(node, *request.topics) : Refusals();
  // Each once: a topic of many partitions takes a thousand times more to tell than to ask for.
  std::set<std::pair<std::string_view, Uuid>> told;
  for (const wire::MetadataRequest::Topic& wanted : *request.topics) {
    if (!told.emplace(wanted.name.value_or(std::string_view()), wanted.id).second) continue;
    // An id counts before a name: Java's admin client sends an empty name, not none, with an id.
    const bool by_id = !wanted.name || !wanted.id.is_nil();
    response.topics.push_back(by_id ? describe_by_id(node, wanted.id) : describe_named(node, *wanted.name, refused));
  }
  add_authorized_operations(request, response);
  reply(std::move(response));
}

// Some clients drop the message and tell of a missing right.
void tell_of_transactions(const Call& call) {
  static log::Limiter once_a_while;
  std::uint64_t held_back = 0;
  if (!once_a_while.allow(to_milliseconds(call.node.timers.now()), &held_back)) return;
  log::warn(
      "a producer wants transactions, which the embedded broker does not have: without a transactional id it "
      "works, and stays idempotent",
      {{"client_id", call.context.client_id}, {"peer", call.context.client_host}, {"more", held_back}});
}

void find_coordinator(Call& call, const wire::FindCoordinatorRequest& request,
                      Reply<wire::FindCoordinatorResponse> reply) {
  constexpr std::int8_t kGroup = 0;
  constexpr std::int8_t kTransaction = 1;
  const std::string host(call.context.advertised_host);
  ErrorCode error = ErrorCode::none;
  std::optional<std::string> message;
  if (request.key_type == kTransaction) {
    // Fatal for the client, and quick: a retriable code would let it ask for ever.
    error = ErrorCode::transactional_id_authorization_failed;
    message = "the embedded broker has no transactions";
    tell_of_transactions(call);
  } else if (request.key_type != kGroup) {
    error = ErrorCode::invalid_request;
    message = "unknown type of coordinator";
  }
  const bool found = error == ErrorCode::none;

  wire::FindCoordinatorResponse response;
  response.error_code = error;
  response.error_message = message;
  response.node_id = found ? kNodeId : -1;
  response.host = found ? host : "";
  response.port = found ? call.context.advertised_port : -1;
  for (const std::string_view key : request.coordinator_keys) {
    wire::FindCoordinatorResponse::Coordinator& coordinator = response.coordinators.emplace_back();
    coordinator.key = std::string(key);
    coordinator.node_id = response.node_id;
    coordinator.host = response.host;
    coordinator.port = response.port;
    coordinator.error_code = error;
    coordinator.error_message = message;
  }
  reply(std::move(response));
}

void describe_cluster(Call& call, const wire::DescribeClusterRequest& request,
                      Reply<wire::DescribeClusterResponse> reply) {
  constexpr std::int8_t kBrokers = 1;
  wire::DescribeClusterResponse response;
  response.endpoint_type = request.endpoint_type;
  if (request.endpoint_type != kBrokers) {
    response.error_code = ErrorCode::invalid_request;
    response.error_message = "this endpoint knows brokers only";
    return reply(std::move(response));
  }
  response.cluster_id = call.node.cluster_id;
  response.controller_id = kNodeId;
  response.brokers.push_back({.broker_id = kNodeId,
                              .host = std::string(call.context.advertised_host),
                              .port = call.context.advertised_port,
                              .rack = std::nullopt});
  if (request.include_cluster_authorized_operations) response.cluster_authorized_operations = kClusterOperations;
  reply(std::move(response));
}

}  // namespace weir::embedded::broker::api
