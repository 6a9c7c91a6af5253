#include "cli/run/guarantees.hpp"

#include "cli/terminal/text.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::cli {

std::vector<std::string> describe_guarantees(const Topology& topology) {
  // Each promise once, with the sinks that it is made for, in the order of the file.
  std::vector<std::pair<std::string, std::string>> promises;
  std::vector<std::string> sentences;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (!pipeline.enabled) sentences.push_back(pipeline.name + ": switched off (enabled: false)");
    if (!pipeline.enabled) continue;
    for (const auto& [name, sink] : pipeline.sinks) {
      const std::string& text = sink.description.guarantee.text;
      const std::string who = pipeline.name + "/" + name;
      const auto same = std::ranges::find(promises, text, [](const auto& promise) { return promise.first; });
      if (same == promises.end())
        promises.emplace_back(text, who);
      else
        same->second += ", " + who;
    }
  }
  for (const auto& [text, sinks] : promises) sentences.push_back(sinks + ": " + text);
  return sentences;
}

std::vector<std::string> describe_embedded(const Topology& topology, const std::filesystem::path& data_dir) {
  std::set<std::string> used;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (!pipeline.enabled) continue;
    for (const Use& use : uses_of(pipeline)) {
      if (use.what == Use::What::connection) used.insert(use.name);
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [name, connection] : topology.connections) {
    const Peer& peer = connection.description.peer;
    if (!peer.is_embedded || !used.contains(name)) continue;
    sentences.push_back("connection '" + name + "' is embedded: this process runs a " + peer.server +
                        " of its own, with its data in " + text::in_quotes(data_dir) +
                        ", and no other one is read or written; for servers elsewhere name them in the connection, or "
                        "set the variable that it takes them from");
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
