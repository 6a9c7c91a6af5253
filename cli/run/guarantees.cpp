#include "cli/run/guarantees.hpp"

#include "cli/terminal/text.hpp"

namespace weir::cli {

std::vector<std::string> describe_guarantees(const Topology& topology) {
  std::vector<std::string> sentences;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (!pipeline.enabled) {
      sentences.push_back(pipeline.name + ": switched off (enabled: false)");
      continue;
    }
    for (const auto& [name, sink] : pipeline.sinks) {
      sentences.push_back(pipeline.name + ": sink " + name + " (" + sink.type->name +
                          "): " + sink.description.guarantee.text);
    }
  }
  return sentences;
}

std::vector<std::string> describe_peers_elsewhere(const Topology& topology) {
  std::vector<std::string> sentences;
  for (const auto& [name, connection] : topology.connections) {
    const Peer& peer = connection.description.peer;
    if (peer.is_embedded || peer.place.empty()) continue;
    sentences.push_back("Connection '" + name + "' names " + printable(peer.place) + ": its pipelines do not use the " +
                        peer.server + " above.");
  }
  return sentences;
}

}  // namespace weir::cli
