// What a failed call means: gRPC statuses, the server's trailers and batch errors as Errors that a person can act on.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "proto/status.pb.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <string>

namespace weir::connectors::eventstoredb::detail {

enum class CallKind {
  read,   // no effect: it can be sent again at will
  write,  // a call that broke may have had its effect
};

// `peer` for the message: "the event store at localhost:2113".
Error error_of(const grpc::Status& status, const grpc::ClientContext& context, CallKind kind, const std::string& peer);

// True when the call reached a server: a connection was there for it.
bool was_connected(const grpc::ClientContext& context);

// The error of one batch. A wrong expected version is an outcome, not an error.
Result<AppendOutcome> read_batch_error(const google::rpc::Status& error, const std::string& peer);

}  // namespace weir::connectors::eventstoredb::detail
