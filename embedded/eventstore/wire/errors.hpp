// How a call fails on the wire: status codes, and the trailers
// by which clients recognise the reason. Private: includes gRPC.
#pragma once

#include "connectors/eventstoredb/append_rules.hpp"
#include "embedded/eventstore/log/event.hpp"
#include "pipeline/base/result.hpp"

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

namespace weir::embedded::eventstore::errors {

using connectors::eventstoredb::ExpectedRevision;

grpc::Status invalid_argument(const std::string& message);
// A message that is none: nothing of it is known.
grpc::Status unreadable_message();
grpc::Status stream_deleted(grpc::ServerContextBase& context, std::string_view stream);
grpc::Status wrong_expected_version(grpc::ServerContextBase& context, std::string_view stream,
                                    const ExpectedRevision& expected, Revision current);
grpc::Status maximum_append_size_exceeded(grpc::ServerContextBase& context, std::size_t limit);
grpc::Status missing_required_metadata(grpc::ServerContextBase& context);
// To a client that asks for all of them.
grpc::Status no_persistent_subscriptions(grpc::ServerContextBase& context);
grpc::Status timed_out(std::string_view doing);
grpc::Status too_busy();
grpc::Status shutting_down();
// An operation of the store that failed for a reason of its own.
grpc::Status of(const Error& error);

// The text that tells a client about a refused append.
std::string wrong_expected_version_text(std::string_view stream, const ExpectedRevision& expected, Revision current);
std::string stream_deleted_text(std::string_view stream);

// Trailers carry printable ASCII only; everything else, and the percent sign, becomes %XX.
std::string trailer_value(std::string_view text);

}  // namespace weir::embedded::eventstore::errors
