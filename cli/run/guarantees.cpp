#include "cli/run/guarantees.hpp"

#include "cli/terminal/text.hpp"

namespace weir::cli {

namespace {

// A text option as it stands in the file, or `otherwise`. A component may be written as one scalar.
std::string option_of(const ComponentPlan& component, std::string_view key, std::string otherwise) {
  if (component.node.kind() == config::Node::Kind::scalar) return component.node.text();
  const config::Node* node = component.node.find(key);
  return node != nullptr && node->kind() == config::Node::Kind::scalar ? node->text() : std::move(otherwise);
}

bool writes_to_embedded(const Topology& topology, const ComponentPlan& sink) {
  const auto found = topology.connections.find(option_of(sink, "connection", ""));
  return found != topology.connections.end() && option_of(found->second, "url", "embedded") == "embedded";
}

std::string promise_of(const Topology& topology, const ComponentPlan& sink) {
  const std::string& kind = sink.type->name;
  if (kind == "eventstoredb") {
    const std::string mode = option_of(sink, "expected_revision", "any");
    if (mode != "any") return "expected_revision " + mode;
    return writes_to_embedded(topology, sink)
               ? "exactly once in effect: the embedded store remembers every event id for ever (mode any)"
               : "a redelivered event is suppressed within the store's memory of recent writes; "
                 "a store that was restarted has forgotten it (mode any)";
  }
  if (kind == "drop") return "nothing is kept";
  return "at least once: a redelivered event is written again";
}

}  // namespace

std::vector<std::string> describe_guarantees(const Topology& topology) {
  std::vector<std::string> sentences;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (!pipeline.enabled) {
      sentences.push_back(pipeline.name + ": switched off (enabled: false)");
      continue;
    }
    for (const auto& [name, sink] : pipeline.sinks) {
      sentences.push_back(pipeline.name + ": sink " + name + " (" + sink.type->name +
                          "): " + promise_of(topology, sink));
    }
  }
  return sentences;
}

std::vector<std::string> describe_peers_elsewhere(const Topology& topology) {
  std::vector<std::string> sentences;
  for (const auto& [name, connection] : topology.connections) {
    const std::string& kind = connection.type->name;
    if (kind == "kafka") {
      const std::string brokers = option_of(connection, "brokers", "embedded");
      if (brokers == "embedded") continue;
      sentences.push_back("Connection '" + name + "' names brokers of its own (" + printable(brokers) +
                          "): its pipelines do not use the broker above.");
    } else if (kind == "eventstoredb" && option_of(connection, "url", "embedded") != "embedded") {
      sentences.push_back("Connection '" + name +
                          "' names a store of its own: its pipelines do not use the event store above.");
    }
  }
  return sentences;
}

}  // namespace weir::cli
