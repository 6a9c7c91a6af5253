// Fuzzer: any text as a connection string ends in settings or in an error that shows no password.
#include "connectors/eventstoredb/connection_string.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::connectors::eventstoredb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_connection_string(text);
  if (parsed.has_error()) {
    if (parsed.error().code() != weir::Errc::invalid_argument || parsed.error().message().empty()) std::abort();
    return 0;
  }
  const ConnectionSettings& settings = parsed->settings;
  if (settings.hosts.empty()) std::abort();
  for (const HostPort& host : settings.hosts) {
    if (host.host.empty() || host.port == 0) std::abort();
  }
  if (settings.user_cert_file.empty() != settings.user_key_file.empty()) std::abort();
  // What is shown must be a connection string again, of the same hosts.
  const auto again = parse_connection_string(settings.display());
  if (again.has_error() || again->settings.hosts != settings.hosts || again->settings.credentials.has_value())
    std::abort();
  return 0;
}
