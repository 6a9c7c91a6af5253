// Channel credentials: TLS as the connection string asks for it.
#pragma once

#include "connectors/eventstoredb/connection_string.hpp"

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

namespace weir::connectors::eventstoredb::detail {

// Error: io, when a certificate or key file cannot be read.
Result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(const ConnectionSettings& settings);
// The value of the `authorization` header: "Basic ...".
std::string basic_authorization(const Credentials& credentials);

}  // namespace weir::connectors::eventstoredb::detail
