// Small components for the tests of the topology. They are only ever checked, never made.
#pragma once

#include "pipeline/topology/registry.hpp"
#include "pipeline/topology/topology.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::testing_components {

struct Broker {
  std::string brokers = "embedded";
  std::string password;
};
struct Source {
  std::string connection;
  std::vector<std::string> topics;
};
struct Decode {
  std::string format = "json";
};
struct Route {
  std::string to;
};
struct File {
  std::string path = "out.jsonl";
};

}  // namespace weir::testing_components

namespace weir {

template <>
struct config::EnumNames<OnExhausted> {
  static constexpr std::array<std::pair<std::string_view, OnExhausted>, 2> names{
      {{"pause", OnExhausted::pause}, {"dlq", OnExhausted::dlq}}};
};

inline Registry test_registry() {
  namespace parts = testing_components;
  const auto refuse = [](const auto&, BuildContext&) {
    return Error(Errc::unsupported, "only for checks");
  };
  Registry registry;

  Spec<parts::Broker> broker("A broker.");
  broker.option("brokers", &parts::Broker::brokers, "Where it is.");
  broker.option("password", &parts::Broker::password, "Secret.").secret();
  registry.add_connection<parts::Broker>("kafka", broker, refuse);
  registry.add_connection<parts::Broker>("eventstoredb", broker, refuse);

  Spec<parts::Source> source("Reads topics.");
  source.option("connection", &parts::Source::connection, "A kafka connection.").required();
  source.option("topics", &parts::Source::topics, "Topics.");
  registry.add_source<parts::Source>("kafka", source, refuse, [](const parts::Source& config, const FindDescription&) {
    Description description;
    description.uses.push_back(Use::connection(config.connection, "kafka", Use::How::reads));
    return description;
  });

  Spec<parts::Decode> decode("Decodes.");
  decode.option("format", &parts::Decode::format, "Format.").one_of({"json", "raw"});
  registry.add_stage<parts::Decode>("decode", decode, refuse);

  Spec<parts::Route> route("Routes.");
  route.option("to", &parts::Route::to, "Sink.");
  registry.add_stage<parts::Route>(
      "route", route, refuse,
      [](const parts::Route& config, const FindDescription&) {
        Description description;
        description.routes = true;
        description.routes_to = {config.to};
        return description;
      },
      [](const parts::Route& config, const config::Node& node, const CheckScope& scope, config::Diagnostics& out) {
        for (const std::string& sink : scope.sinks) {
          if (sink == config.to) return;
        }
        out.error("unknown-sink", node.mark(), scope.path, "no sink '" + config.to + "'");
      });

  Spec<PersistPolicy> persist("Writes.");
  persist.option("on_exhausted", &PersistPolicy::on_exhausted, "What then.");
  registry.add_persist("persist", persist);
  registry.add_ack("ack", Spec<Registry::AckConfig>("Settles."));

  Spec<parts::File> file("A file.");
  file.option("path", &parts::File::path, "Where.");
  registry.add_sink<parts::File>("file", file, refuse, [](const parts::File&, const FindDescription&) {
    Description description;
    description.stores_raw = true;
    return description;
  });
  registry.add_sink<parts::File>("stdout", file, refuse);
  return registry;
}

}  // namespace weir
