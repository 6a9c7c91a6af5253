#include "connectors/eventstoredb/detail/status.hpp"

#include "proto/shared.pb.h"

namespace weir::connectors::eventstoredb::detail {
namespace {

namespace wire = event_store::client;

std::string trailer(const grpc::ClientContext& context, const char* name) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find(name);
  if (found == trailers.end()) return {};
  return std::string(found->second.data(), found->second.size());
}

// The server's own words, short and printable: they end up in logs.
std::string words(std::string_view text) {
  constexpr std::size_t kMost = 400;
  if (text.empty()) return "no reason given";
  std::string out;
  for (char c : text.substr(0, kMost)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  return text.size() > kMost ? out + "..." : out;
}

Error too_large(const std::string& peer, const std::string& limit) {
  const std::string known =
      limit.empty() || limit == "0" ? std::string("its limit") : "its limit of " + limit + " bytes";
  return Error(Errc::too_large, "the append is larger than " + known + " at " + peer +
                                    "; several events go into smaller appends with a lower `max_append` of the "
                                    "sink, one event needs a server with a larger MaxAppendSize (that of the "
                                    "embedded store is fixed)");
}

Error access_denied(const std::string& peer) {
  return Error(Errc::permission_denied,
               peer +
                   " denies access with these credentials; check the user in the connection string and the "
                   "stream's access rights");
}

Error unreachable(const std::string& peer, std::string_view reason) {
  return Error(Errc::unavailable,
               peer + " cannot be reached (" + words(reason) +
                   "): is the store running there? Start one with `weir "
                   "store`, or correct the connection string (a server without TLS needs ?tls=false)");
}

Error maybe_done(const std::string& peer, std::string_view reason) {
  return Error(Errc::unknown_outcome, "the connection to " + peer + " broke or timed out before the answer (" +
                                          words(reason) +
                                          "); the write may have been done and is tried again with the same ids");
}

// What the trailer `exception` says, or nothing.
std::optional<Error> error_of_trailer(const grpc::ClientContext& context, const std::string& peer) {
  const std::string exception = trailer(context, "exception");
  if (exception.empty()) return std::nullopt;
  const std::string stream = trailer(context, "stream-name");
  if (exception == "access-denied") return access_denied(peer);
  if (exception == "stream-deleted")
    return Error(Errc::stream_deleted, "stream '" + stream + "' is deleted for ever at " + peer);
  if (exception == "wrong-expected-version") {
    return Error(Errc::conflict, "stream '" + stream + "' at " + peer + " is at revision " +
                                     trailer(context, "actual-version") + ", not at the expected " +
                                     trailer(context, "expected-version"));
  }
  if (exception == "maximum-append-size-exceeded") return too_large(peer, trailer(context, "maximum-append-size"));
  if (exception == "maximum-append-event-size-exceeded")
    return too_large(peer, trailer(context, "maximum-append-event-size"));
  if (exception == "not-leader") {
    return Error(Errc::unavailable, peer + " is not the leader of its cluster; the leader is " +
                                        trailer(context, "leader-endpoint-host") + ":" +
                                        trailer(context, "leader-endpoint-port"));
  }
  return std::nullopt;
}

}  // namespace

bool was_connected(const grpc::ClientContext& context) {
  // Before a connection is chosen, the peer is the target's name.
  const std::string peer = context.peer();
  return peer.starts_with("ipv4:") || peer.starts_with("ipv6:") || peer.starts_with("unix:");
}

Error error_of(const grpc::Status& status, const grpc::ClientContext& context, CallKind kind, const std::string& peer) {
  if (std::optional<Error> known = error_of_trailer(context, peer); known.has_value()) return std::move(*known);
  const std::string& text = status.error_message();
  const bool may_be_done = kind == CallKind::write && was_connected(context);
  switch (status.error_code()) {
    case grpc::StatusCode::UNAUTHENTICATED:
      return Error(Errc::unauthenticated, peer + " refuses the credentials (" + words(text) +
                                              "); check user and password in the "
                                              "connection string");
    case grpc::StatusCode::PERMISSION_DENIED:
      return access_denied(peer);
    case grpc::StatusCode::UNAVAILABLE:
      return may_be_done ? maybe_done(peer, text) : unreachable(peer, text);
    case grpc::StatusCode::INVALID_ARGUMENT:
      return Error(Errc::invalid_argument, peer + " refuses the request: " + words(text));
    case grpc::StatusCode::UNIMPLEMENTED:
      return Error(Errc::unsupported, peer + " does not know this call (" + words(text) +
                                          "); is it an EventStoreDB or KurrentDB of "
                                          "version 20.6 or later?");
    case grpc::StatusCode::NOT_FOUND:
      return Error(Errc::not_found, peer + " has no such thing: " + words(text));
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      if (text.find("larger than max") != std::string::npos) return Error(Errc::too_large, peer + ": " + words(text));
      return may_be_done ? maybe_done(peer, text) : Error(Errc::unavailable, peer + " is overloaded: " + words(text));
    case grpc::StatusCode::FAILED_PRECONDITION:
      return Error(Errc::conflict, peer + " refuses the request in its present state: " + words(text));
    default:
      break;
  }
  // Everything else broke off: deadline, abort, reset, a bug on the other side.
  if (kind == CallKind::write) return maybe_done(peer, text);
  return Error(Errc::unavailable, peer + " did not answer (" + words(text) + ")");
}

Result<AppendOutcome> read_batch_error(const google::rpc::Status& error, const std::string& peer) {
  const google::protobuf::Any& details = error.details();
  if (wire::WrongExpectedVersion wrong; details.UnpackTo(&wrong)) {
    RevisionConflict conflict;
    if (wrong.current_stream_revision_option_case() == wire::WrongExpectedVersion::kCurrentStreamRevision) {
      conflict.actual = wrong.current_stream_revision();
    }
    return AppendOutcome(conflict);
  }
  if (details.Is<wire::StreamDeleted>())
    return Error(Errc::stream_deleted, "the stream is deleted for ever at " + peer);
  if (details.Is<wire::AccessDenied>()) return access_denied(peer);
  if (details.Is<wire::Timeout>()) return maybe_done(peer, "the server's own time limit");
  if (wire::MaximumAppendSizeExceeded size; details.UnpackTo(&size))
    return too_large(peer, std::to_string(size.maxappendsize()));
  if (wire::MaximumAppendEventSizeExceeded size; details.UnpackTo(&size)) {
    return too_large(peer, std::to_string(size.maxappendeventsize()));
  }
  if (wire::BadRequest bad; details.UnpackTo(&bad)) {
    return Error(Errc::invalid_argument,
                 peer + " refuses the append: " + words(bad.message().empty() ? error.message() : bad.message()));
  }
  switch (error.code()) {
    case google::rpc::INVALID_ARGUMENT:
      return Error(Errc::invalid_argument, peer + " refuses the append: " + words(error.message()));
    case google::rpc::ALREADY_EXISTS:
      return AppendOutcome(RevisionConflict{});
    case google::rpc::UNAUTHENTICATED:
      return Error(Errc::unauthenticated, peer + " refuses the credentials: " + words(error.message()));
    case google::rpc::PERMISSION_DENIED:
      return access_denied(peer);
    default:
      return maybe_done(peer, error.message());
  }
}

}  // namespace weir::connectors::eventstoredb::detail
