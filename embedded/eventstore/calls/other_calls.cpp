// The calls that are no method of a registered service.
#include "embedded/eventstore/calls/services.hpp"
#include "embedded/eventstore/wire/errors.hpp"

namespace weir::embedded::eventstore {

namespace {

constexpr std::string_view kRead = "/event_store.client.streams.Streams/Read";
constexpr std::string_view kListGroups = "/event_store.client.persistent_subscriptions.PersistentSubscriptions/List";

struct Absent {
  std::string_view service;  // the method begins with it
  const char* text;
};

constexpr Absent kAbsent[] = {
    {"/event_store.client.persistent_subscriptions.",
     "weir's event store has no persistent subscriptions yet; use a catch-up subscription, which keeps its own "
     "position"},
    {"/event_store.client.projections.",
     "weir's event store has no projections, system projections among them; read the streams, or $all with a filter"},
    {"/event_store.client.users.",
     "weir's event store has no users and no rights: whoever reaches its port may do everything"},
    {"/event_store.client.operations.", "weir's event store has nothing to operate: no scavenging, no cluster"},
    {"/event_store.client.monitoring.", "weir's event store gives no statistics"},
    {"/kurrentdb.protocol.v2.",
     "weir's event store does not have the second append protocol; append to one stream at a time"},
};

grpc::Status absence_of(std::string_view method) {
  for (const Absent& absent : kAbsent) {
    if (method.starts_with(absent.service)) return {grpc::StatusCode::UNIMPLEMENTED, absent.text};
  }
  return {grpc::StatusCode::UNIMPLEMENTED,
          "weir's event store does not have the call " + errors::trailer_value(method.substr(0, 200))};
}

class RefusedCall final : public grpc::ServerGenericBidiReactor {
 public:
  explicit RefusedCall(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* OtherCalls::CreateReactor(grpc::GenericCallbackServerContext* call) {
  const std::string_view method = call->method();
  if (method == kRead) return start_read(context_, *call);
  if (method == kListGroups) {
    // There are none: what a server that has them answers then, so that clients take it for an empty list.
    return new RefusedCall(errors::no_persistent_subscriptions(*call));
  }
  return new RefusedCall(absence_of(method));
}

}  // namespace weir::embedded::eventstore
