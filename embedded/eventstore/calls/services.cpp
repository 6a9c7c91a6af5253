#include "embedded/eventstore/calls/services.hpp"

#include "embedded/eventstore/wire/values.hpp"

namespace weir::embedded::eventstore {

namespace {

constexpr std::int64_t kTicksTo1970 = 621'355'968'000'000'000;  // from year 1, in 100 ns

struct Method {
  const char* service;
  const char* name;
  std::vector<const char*> features;
};

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {
      {"event_store.client.streams.streams", "read", {"position", "events"}},
      {"event_store.client.streams.streams", "append", {}},
      {"event_store.client.streams.streams", "batchappend", {"deadline_duration"}},
      {"event_store.client.streams.streams", "delete", {}},
      {"event_store.client.streams.streams", "tombstone", {}},
      {"event_store.client.gossip.gossip", "read", {}},
      {"event_store.client.server_features.serverfeatures", "getsupportedmethods", {}},
  };
  return all;
}

// "host:port" and "[v6]:port" without the port.
std::string host_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool in_brackets = authority.find(']') != std::string_view::npos && authority.find(']') > colon;
  if (colon != std::string_view::npos && !in_brackets) authority = authority.substr(0, colon);
  return std::string(authority);
}

std::optional<std::uint32_t> port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.size() - colon > 6) return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : authority.substr(colon + 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return port;
}

}  // namespace

grpc::ServerUnaryReactor* ServerFeaturesService::GetSupportedMethods(
    grpc::CallbackServerContext* call, const event_store::client::Empty*,
    event_store::client::server_features::SupportedMethods* response) {
  response->set_event_store_server_version(kReportedVersion);
  for (const Method& method : methods()) {
    auto& out = *response->add_methods();
    out.set_service_name(method.service);
    out.set_method_name(method.name);
    for (const char* feature : method.features) out.add_features(feature);
  }
  grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* GossipService::Read(grpc::CallbackServerContext* call, const event_store::client::Empty*,
                                              event_store::client::gossip::ClusterInfo* response) {
  auto& member = *response->add_members();
  wire::write_uuid(instance_, wire::UuidForm::structured, *member.mutable_instance_id());
  member.set_time_stamp(ticks(clock_.wall_now()) + kTicksTo1970);
  member.set_state(event_store::client::gossip::MemberInfo::Leader);
  member.set_is_alive(true);
  const grpc::string_ref dialled = call->ExperimentalGetAuthority();
  const std::string_view authority(dialled.data(), dialled.size());
  const std::string dialled_host = host_of(authority);
  // The port that was dialled may be one that is forwarded to ours.
  const bool use_dialled = host_.empty() && !dialled_host.empty();
  member.mutable_http_end_point()->set_address(use_dialled ? dialled_host : host_.empty() ? "127.0.0.1" : host_);
  member.mutable_http_end_point()->set_port(use_dialled ? port_of(authority).value_or(port_) : port_.load());
  grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace weir::embedded::eventstore
