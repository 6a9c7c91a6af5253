#include "cli/run/connect_hints.hpp"

namespace weir::cli {

namespace {

// "127.0.0.1:2113" out of "esdb://127.0.0.1:2113?tls=false".
std::string authority_of(const std::string& address) {
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
         authority_of(address) +
         "/health/live\n"
         "  look inside        weir streams ls --store '" +
         address +
         "'\n"
         "                     weir streams cat STREAM --store '" +
         address + "'\n";
}

std::string describe_broker_access(const BrokerAccess& access) {
  const std::string& address = access.address;
  std::string text = "  bootstrap servers  " + address + "        KAFKA_BROKERS=" + address +
                     "\n"
                     "  kcat               kcat -b " +
                     address +
                     " -L\n"
                     "  kafkajs, NestJS    new Kafka({ brokers: [\"" +
                     address +
                     "\"] })\n"
                     "  Java, Spring       bootstrap.servers=" +
                     address +
                     "\n"
                     "  Python             Producer({\"bootstrap.servers\": \"" +
                     address + "\"})                    confluent-kafka\n";
  if (access.tls || access.users) {
    const std::string protocol = std::string(access.users ? "SASL_" : "") + (access.tls ? "SSL" : "PLAINTEXT");
    text += "  every client       security.protocol=" + protocol +
            (access.users ? " sasl.mechanism=PLAIN, and a user's name and password\n" : "\n");
  }
  text += "  look inside        weir topics ls --brokers " + address + "\n";
  return text;
}

}  // namespace weir::cli
