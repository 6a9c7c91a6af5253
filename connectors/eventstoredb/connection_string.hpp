// connection_string: what an EventStoreDB / KurrentDB connection string says.
//
//   esdb[+discover]://[user:password@]host[:port][,host[:port]...][/][?option=value[&option=value...]]
//
// Schemes: esdb, kurrentdb, kurrent, kdb. Port 2113 unless given. IPv6 literals stand in brackets. User, password and
// option values are percent-decoded. Option names are compared without case, `-` and `_`. An option given twice is an
// error, an unknown one a warning.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::eventstoredb {

struct HostPort {
  std::string host;  // an IPv6 literal without its brackets
  std::uint16_t port = 2113;
  std::string str() const;  // "host:2113", "[::1]:2113"
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

struct Credentials {
  std::string user;
  std::string password;  // secret (I10)
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

enum class NodePreference { leader, follower, random, read_only_replica };

// The options, under the names of the connection string; defaults are those of the official Node client.
struct ConnectionSettings {
  std::vector<HostPort> hosts;  // never empty after parsing
  bool discover = false;        // "+discover"
  std::optional<Credentials> credentials;
  std::string connection_name;  // connectionName; empty: the client chooses one

  bool tls = true;
  bool tls_verify_cert = true;  // tlsVerifyCert
  std::string tls_ca_file;      // tlsCAFile; empty: the system's certificates
  std::string user_cert_file;   // userCertFile and userKeyFile: both or neither
  std::string user_key_file;

  std::uint32_t max_discover_attempts = 10;                      // maxDiscoverAttempts
  Duration discovery_interval = std::chrono::milliseconds(100);  // discoveryInterval, ms
  Duration gossip_timeout = std::chrono::seconds(5);             // gossipTimeout: below 100 seconds, else milliseconds
  NodePreference node_preference = NodePreference::leader;       // nodePreference
  bool throw_on_append_failure = true;                           // throwOnAppendFailure; accepted, no effect here
  Duration default_deadline = std::chrono::seconds(10);          // defaultDeadline, ms
  std::optional<Duration> keep_alive_interval = std::chrono::seconds(10);  // keepAliveInterval, ms; none (-1) = off
  std::optional<Duration> keep_alive_timeout = std::chrono::seconds(10);   // keepAliveTimeout, ms; none (-1) = off

  // For logs and errors: scheme, hosts and whether TLS is on; never the credentials.
  std::string display() const;
};

struct ParsedConnectionString {
  ConnectionSettings settings;
  std::vector<std::string> warnings;  // full sentences, safe to show
};

// Pure; reads no file. Errors (invalid_argument) name the offending part and never show user or password.
Result<ParsedConnectionString> parse_connection_string(std::string_view text);

// A connection string that parses, with *** in the place of user and password and of the values of options that are not
// known: it parses, too.
std::string masked_connection_string(std::string_view text);

}  // namespace weir::connectors::eventstoredb
