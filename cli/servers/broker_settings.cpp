#include "cli/servers/broker_settings.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/text/quotes.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

namespace weir::cli {

namespace {

using Broker = embedded::broker::Server;
using embedded::broker::storage::Fsync;

// `place` says where the entry stands, for the message: the entry itself holds a password.
Result<void> add_user(std::string_view entry, const std::string& place, std::map<std::string, std::string>& users) {
  const std::size_t colon = entry.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == entry.size())
    return Error(Errc::invalid_argument, place + " is not NAME:PASSWORD; neither part may be empty");
  const std::string name(entry.substr(0, colon));
  const auto [known, is_new] = users.try_emplace(name, entry.substr(colon + 1));
  if (!is_new && known->second != entry.substr(colon + 1))
    return Error(Errc::invalid_argument, place + ": the user '" + printable(name) + "' has another password already");
  return {};
}

// One entry per line; empty lines and those that begin with # are passed over.
Result<void> add_users(std::istream& in, const std::string& origin, std::map<std::string, std::string>& users) {
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    Result<void> added = add_user(line, origin + ":" + std::to_string(number), users);
    if (!added) return added;
  }
  return {};
}

Result<std::map<std::string, std::string>> read_users(const BrokerOptions& options, const Environment& environment) {
  std::map<std::string, std::string> users;
  for (const std::string& user : options.users) {
    const Result<void> added = add_user(user, "a value of --user", users);
    if (!added) return added.error();
  }
  if (options.users_file) {
    std::ifstream file(*options.users_file);
    std::error_code failure;
    if (!file || std::filesystem::is_directory(*options.users_file, failure)) {
      return Error(Errc::not_found, "cannot read " + text::in_quotes(*options.users_file) +
                                        "; --users wants a file with one NAME:PASSWORD per line");
    }
    const Result<void> added = add_users(file, options.users_file->string(), users);
    if (!added) return added.error();
    if (file.bad()) return Error(Errc::io, "cannot read " + text::in_quotes(*options.users_file) + " to its end");
  }
  if (const std::optional<std::string> text = environment("WEIR_BROKER_USERS")) {
    std::istringstream lines(*text);
    const Result<void> added = add_users(lines, "WEIR_BROKER_USERS", users);
    if (!added) return added.error();
  }
  return users;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool is_wildcard(const std::string& host) {
  return host == "0.0.0.0" || host == "::" || host.empty();
}

Fsync fsync_of(FsyncChoice choice) {
  switch (choice) {
    case FsyncChoice::interval:
      return Fsync::interval;
    case FsyncChoice::never:
      return Fsync::never;
    case FsyncChoice::always:
      break;
  }
  return Fsync::always;
}

}  // namespace

Result<Broker::Options> broker_server_options(const BrokerOptions& options, const std::filesystem::path& data_dir,
                                              const Environment& environment) {
  Broker::Options server;
  // The form was checked with the command line. An IPv6 literal loses its brackets.
  const std::size_t colon = options.listen.rfind(':');
  server.host = options.listen.substr(0, colon);
  if (server.host.starts_with('[') && server.host.ends_with(']')) server.host = server.host.substr(1, colon - 2);
  std::from_chars(options.listen.data() + colon + 1, options.listen.data() + options.listen.size(), server.port);
  server.advertised = options.advertised;
  server.data_dir = data_dir;
  server.fsync = fsync_of(options.fsync);
  server.fsync_interval = options.fsync_interval;
  server.default_partitions = options.partitions;
  server.auto_create_topics = options.auto_create;
  server.initial_rebalance_delay = options.initial_rebalance_delay;
  server.repair = options.repair;
  Result<std::map<std::string, std::string>> users = read_users(options, environment);
  if (!users) return users.error();
  server.users = std::move(*users);
  if (options.tls_certificate.empty() != options.tls_key.empty())
    return Error(Errc::invalid_argument, "--tls-cert and --tls-key belong together; one of them is missing");
  if (!options.tls_key.empty()) server.tls = Broker::Tls{options.tls_certificate, options.tls_key};
  return server;
}

std::vector<std::string> broker_warnings(const Broker::Options& options) {
  std::vector<std::string> warnings;
  const bool open_to_others = !is_loopback(options.host);
  if (open_to_others && options.users.empty()) {
    warnings.push_back(
        "whoever reaches " + options.host + " may read and write every topic: name users with --users FILE" +
        (options.tls ? "" : " and a certificate with --tls-cert and --tls-key") + ", or listen on 127.0.0.1");
  } else if (open_to_others && !options.tls) {
    warnings.push_back(
        "passwords and records cross the network in the clear: add --tls-cert and --tls-key, or listen on 127.0.0.1");
  }
  if (is_wildcard(options.host) && options.advertised.empty()) {
    warnings.push_back(
        "listening on every address without --advertised: clients are told to come back to the address "
        "at which they reached the broker; where that is no address of theirs (a container's, a "
        "proxy's), name one with --advertised HOST:PORT");
  }
  return warnings;
}

}  // namespace weir::cli
