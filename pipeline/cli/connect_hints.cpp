#include "pipeline/cli/connect_hints.hpp"

namespace weir::cli {

namespace {

// "127.0.0.1:2113" out of "esdb://127.0.0.1:2113?tls=false".
std::string host_and_port(const std::string& address) {
  const std::size_t scheme = address.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  return address.substr(begin, address.find_first_of("/?", begin) - begin);
}

}  // namespace

std::string describe_store_access(const std::string& address) {
  return "  connection string  " + address +
         "\n"
         "  Node               KurrentDBClient.connectionString(\"" +
         address +
         "\")           @kurrent/kurrentdb-client\n"
         "                     EventStoreDBClient.connectionString(\"" +
         address +
         "\")        @eventstore/db-client\n"
         "  .NET               new EventStoreClient(EventStoreClientSettings.Create(\"" +
         address +
         "\"))\n"
         "  Python             KurrentDBClient(\"" +
         address +
         "\")                             kurrentdbclient\n"
         "  health             curl http://" +
         host_and_port(address) +
         "/health/live\n"
         "  look inside        weir streams ls --store '" +
         address + "'\n";
}

}  // namespace weir::cli
