#include "embedded/broker/api/dispatch.hpp"

#include "embedded/broker/api/handlers.hpp"
#include "pipeline/base/log.hpp"

namespace weir::embedded::broker::api {

namespace {

using wire::ApiKey;

struct Header {
  std::int16_t key = 0;
  std::int16_t version = 0;
  std::int32_t correlation_id = 0;
  std::string_view client_id;
};

const wire::Api* find_api(std::int16_t key) {
  const auto found = std::ranges::lower_bound(wire::kApis, static_cast<ApiKey>(key), {}, &wire::Api::key);
  return found != std::end(wire::kApis) && found->key == static_cast<ApiKey>(key) ? found : nullptr;
}

template <class Response>
wire::Frame encode(const Header& header, bool flexible_header, std::int16_t version, const Response& response) {
  wire::Writer out;
  out.i32(header.correlation_id);
  if (flexible_header) out.unsigned_varint(0);
  write(out, version, response);
  return std::move(out).finish();
}

template <class Request, class Response>
using Handler = void (*)(Call&, const Request&, Reply<Response>);

// Reads the body, calls the handler, and writes what it answers into the slot.
template <class Request, class Response>
bool serve(Call& call, const Header& header, const wire::Api& api, wire::Reader& body,
           Handler<Request, Response> handler) {
  Request request;
  read(body, header.version, request);
  if (!body.ok()) return false;
  // The client may not know our versions when it reads the answer to ApiVersions: that has the old header for ever.
  const bool flexible_header = header.version >= api.flexible && Request::kKey != ApiKey::api_versions;
  auto answer = [slot = call.slot, header, flexible_header](const Response& response) {
    slot->answer(encode(header, flexible_header, header.version, response));
  };
  handler(call, request, std::move(answer));
  return true;
}

// Adapters to the folders that have the work done by one object: at once, or later through the reply.
template <auto member, class Request, class Response>
void by_admin(Call& call, const Request& request, Reply<Response> reply) {
  reply((call.node.admin.*member)(call.context, request));
}
template <auto member, class Request, class Response>
void by_groups(Call& call, const Request& request, Reply<Response> reply) {
  reply((call.node.groups.*member)(call.context, request));
}
template <auto member, class Request, class Response>
void by_groups_later(Call& call, const Request& request, Reply<Response> reply) {
  (call.node.groups.*member)(call.context, request, std::move(reply));
}

using groups::GroupCoordinator;
using topics::TopicAdmin;

bool route(Call& call, const Header& header, const wire::Api& api, wire::Reader& body) {
#define SERVE(NAME, HANDLER) return serve<wire::NAME##Request, wire::NAME##Response>(call, header, api, body, HANDLER)
#define BY(HOW, NAME, MEMBER) SERVE(NAME, (HOW<MEMBER, wire::NAME##Request, wire::NAME##Response>))
  switch (api.key) {
    case ApiKey::produce:
      SERVE(Produce, produce);
    case ApiKey::fetch:
      SERVE(Fetch, fetch);
    case ApiKey::list_offsets:
      SERVE(ListOffsets, list_offsets);
    case ApiKey::metadata:
      SERVE(Metadata, metadata);
    case ApiKey::find_coordinator:
      SERVE(FindCoordinator, find_coordinator);
    case ApiKey::sasl_handshake:
      SERVE(SaslHandshake, sasl_handshake);
    case ApiKey::sasl_authenticate:
      SERVE(SaslAuthenticate, sasl_authenticate);
    case ApiKey::api_versions:
      SERVE(ApiVersions, api_versions);
    case ApiKey::offset_for_leader_epoch:
      SERVE(OffsetForLeaderEpoch, offset_for_leader_epoch);
    case ApiKey::describe_cluster:
      SERVE(DescribeCluster, describe_cluster);

    case ApiKey::offset_commit:
      BY(by_groups_later, OffsetCommit, &GroupCoordinator::offset_commit);
    case ApiKey::offset_fetch:
      BY(by_groups, OffsetFetch, &GroupCoordinator::offset_fetch);
    case ApiKey::join_group:
      BY(by_groups_later, JoinGroup, &GroupCoordinator::join_group);
    case ApiKey::heartbeat:
      BY(by_groups, Heartbeat, &GroupCoordinator::heartbeat);
    case ApiKey::leave_group:
      BY(by_groups, LeaveGroup, &GroupCoordinator::leave_group);
    case ApiKey::sync_group:
      BY(by_groups_later, SyncGroup, &GroupCoordinator::sync_group);
    case ApiKey::describe_groups:
      BY(by_groups, DescribeGroups, &GroupCoordinator::describe_groups);
    case ApiKey::list_groups:
      BY(by_groups, ListGroups, &GroupCoordinator::list_groups);
    case ApiKey::delete_groups:
      BY(by_groups_later, DeleteGroups, &GroupCoordinator::delete_groups);
    case ApiKey::offset_delete:
      BY(by_groups_later, OffsetDelete, &GroupCoordinator::offset_delete);

    case ApiKey::create_topics:
      BY(by_admin, CreateTopics, &TopicAdmin::create_topics);
    case ApiKey::delete_topics:
      BY(by_admin, DeleteTopics, &TopicAdmin::delete_topics);
    case ApiKey::delete_records:
      BY(by_admin, DeleteRecords, &TopicAdmin::delete_records);
    case ApiKey::init_producer_id:
      BY(by_admin, InitProducerId, &TopicAdmin::init_producer_id);
    case ApiKey::describe_configs:
      BY(by_admin, DescribeConfigs, &TopicAdmin::describe_configs);
    case ApiKey::alter_configs:
      BY(by_admin, AlterConfigs, &TopicAdmin::alter_configs);
    case ApiKey::incremental_alter_configs:
      BY(by_admin, IncrementalAlterConfigs, &TopicAdmin::incremental_alter_configs);
    case ApiKey::create_partitions:
      BY(by_admin, CreatePartitions, &TopicAdmin::create_partitions);
  }
#undef BY
#undef SERVE
  return false;
}

bool allowed_before_authentication(ApiKey key) {
  return key == ApiKey::api_versions || key == ApiKey::sasl_handshake || key == ApiKey::sasl_authenticate;
}

void complain(Node& node, const Session& session, const Header& header, std::string_view reason) {
  static log::Limiter limiter;
  std::uint64_t held_back = 0;
  if (!limiter.allow(to_milliseconds(node.timers.now()), &held_back)) return;
  log::warn("a request to the embedded broker has no answer; its connection is closed",
            {{"reason", reason},
             {"peer", session.client_host},
             {"client_id", header.client_id},
             {"software", session.software},
             {"api_key", header.key},
             {"api_version", header.version},
             {"more", held_back}});
}

}  // namespace

bool dispatch(Node& node, Session& session, std::string_view frame, const std::shared_ptr<net::ResponseSlot>& slot) {
  if (session.raw_token) return take_raw_token(node, session, frame, *slot);
  wire::Reader in(frame);
  Header header;
  header.key = in.i16();
  header.version = in.i16();
  header.correlation_id = in.i32();
  const wire::Api* api = find_api(header.key);
  if (!in.ok() || api == nullptr) {
    complain(node, session, header, "unknown API");
    return false;
  }
  if (header.version < api->serve_min || header.version > api->max) {
    if (api->key == ApiKey::api_versions) {
      slot->answer(encode(header, false, 0, unsupported_api_versions()));
      return true;
    }
    complain(node, session, header, "unsupported version");
    return false;
  }
  // The client id keeps its old form in the flexible header, too.
  header.client_id = in.nullable_string(false).value_or(std::string_view());
  if (header.version >= api->flexible) in.skip_tags();
  if (!session.authenticated && !allowed_before_authentication(api->key)) {
    complain(node, session, header, "not authenticated");
    return false;
  }
  // min_bytes of a parked fetch is a wish, and what waits behind it may be a heartbeat. Not for another fetch: clients
  // that pipeline fetches would have them all answered empty, and send them again at once.
  if (api->key != ApiKey::fetch) slot->hurry_earlier();
  RequestContext context;
  context.version = header.version;
  context.client_id = header.client_id;
  context.client_host = session.client_host;
  context.advertised_host = session.advertised_host;
  context.advertised_port = session.advertised_port;
  Call call{node, session, context, slot};
  if (in.ok() && route(call, header, *api, in)) return !call.close;
  complain(node, session, header, "malformed");
  return false;
}

}  // namespace weir::embedded::broker::api
