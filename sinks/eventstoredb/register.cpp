#include "sinks/eventstoredb/register.hpp"

#include "connectors/eventstoredb/connection.hpp"
#include "pipeline/topology/registry.hpp"
#include "sinks/eventstoredb/config.hpp"

namespace weir::sinks::eventstoredb {
namespace {

using connectors::eventstoredb::StoreClient;
using connectors::eventstoredb::StoreConnection;

// Appends carry stable event ids (expected_revision: any, the only mode so far); how long the store remembers them is
// what the promise rests on.
Guarantee guarantee_of(bool embedded) {
  if (embedded) {
    return {Guarantee::Level::exactly_once, "exactly once in effect (mode any)"};
  }
  return {Guarantee::Level::at_least_once,
          "exactly once in effect as far back as the store remembers; at least once beyond, as after its restart (mode "
          "any)"};
}

void answer_questions(const SinkConfig& config, Description& description) {
  using About = Statement::About;
  const bool drops = config.on_conflict == OnConflict::drop;
  description
      .says(About::order,
            "Events of one stream are appended in the order in which they were read: one append of a stream is under "
            "way at a time, and a failed one holds back those behind it.")
      .says(About::redelivery,
            "It has the same event id again, its own or one made of its place in Kafka: the store takes it for known, "
            "and it counts as a duplicate.")
      .says(About::redelivery, std::string("One whose id the store has with other content is ") +
                                   (drops ? "dropped: what is stored stays." : "dead-lettered: what is stored stays."))
      .says(About::stuck, "Later events of the same stream wait for one that cannot be appended.")
      .says(About::bad_event,
            "One that lacks a part of its stream's name, or that the store refuses as too large, is dead-lettered.");
}

Description describe_sink(const SinkConfig& config, const FindDescription& find) {
  const Description* const store = find ? find(config.connection) : nullptr;
  const Result<StreamName> stream = StreamName::parse(config.stream, config.prefixes);
  const bool is_exact = stream.has_value() && stream->constant().has_value();
  Description description;
  description.uses.push_back(Use::connection(config.connection, "eventstoredb", Use::How::writes));
  description.uses.push_back(Use::stream(config.stream, config.connection, Use::How::writes, is_exact));
  description.guarantee = guarantee_of(store != nullptr && store->peer.is_embedded);
  if (stream.has_value()) description.parts = stream->parts();
  description.stores_raw = true;
  answer_questions(config, description);
  return description;
}

Result<std::unique_ptr<Sink>> make(const SinkConfig& config, BuildContext& context) {
  Result<SinkSettings> settings = make_settings(config, context.role == SinkRole::dead_letters);
  if (settings.has_error()) return settings.error();
  Result<std::shared_ptr<StoreConnection>> connection = context.connection<StoreConnection>(config.connection);
  if (connection.has_error()) return connection.error();
  FindStore find_store = [connection = *connection]() -> Result<std::shared_ptr<StoreClient>> {
    return connection->client();
  };
  return make_sink(std::move(*settings), std::move(find_store));
}

}  // namespace

void register_eventstoredb_sink(Registry& registry) {
  registry.add_sink<SinkConfig>("eventstoredb", sink_spec(), make, describe_sink);
}

}  // namespace weir::sinks::eventstoredb
