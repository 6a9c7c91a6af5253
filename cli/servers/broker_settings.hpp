// From what the command line says about the embedded broker to what its server takes.
#pragma once

#include "cli/arguments/options.hpp"
#include "embedded/broker/server.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace weir::cli {

// Users come from --user, --users FILE and WEIR_BROKER_USERS together. Errors: invalid_argument (a user that is none,
// or has two passwords, half of a TLS pair), not_found and io (a file); never with a password in their text.
Result<embedded::broker::Server::Options> broker_server_options(const BrokerOptions& options,
                                                                const std::filesystem::path& data_dir,
                                                                const Environment& environment);

// One sentence for each thing about an address that a person may not have meant: open to the network, passwords in the
// clear, an address that clients cannot dial.
std::vector<std::string> broker_warnings(const embedded::broker::Server::Options& options);

}  // namespace weir::cli
