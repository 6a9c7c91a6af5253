// Session: what the broker remembers about one connection between its requests.
#pragma once

#include <cstdint>
#include <string>

namespace weir::embedded::broker {

struct Session {
  std::string client_host;      // "/127.0.0.1"
  std::string advertised_host;  // what this client is told to dial
  std::int32_t advertised_port = 0;

  bool authenticated = false;  // true from the start where nobody has to authenticate
  bool handshaken = false;     // SASL: a mechanism was agreed on, a token is awaited
  bool raw_token = false;      // SASL: the token comes as a frame of its own, without a header
  std::string principal;       // who authenticated

  std::string software;  // "librdkafka 2.0.2", as ApiVersions told; for the log
};

}  // namespace weir::embedded::broker
