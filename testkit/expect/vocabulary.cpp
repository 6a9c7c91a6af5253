#include "testkit/expect/vocabulary.hpp"

#include <algorithm>

namespace weir::testkit {

Output::Kind kind_of_sink(std::string_view type) {
  if (type == "eventstoredb") return Output::Kind::event;
  if (type == "kafka") return Output::Kind::record;
  if (type == "file" || type == "stdout") return Output::Kind::line;
  return Output::Kind::message;
}

Vocabulary Vocabulary::of(const PipelinePlan& pipeline, std::filesystem::path directory) {
  Vocabulary words;
  words.directory = std::move(directory);
  for (const Use& use : pipeline.source.description.uses) {
    if (use.what != Use::What::topic) continue;
    words.topics.push_back(use.name);
    if (!use.is_exact && use.takes) words.takes.push_back(use.takes);
  }
  for (const auto& [name, sink] : pipeline.sinks) {
    words.sinks.emplace_back(name, sink.type == nullptr ? Output::Kind::message : kind_of_sink(sink.type->name));
  }
  for (const Use& use : uses_of(pipeline)) {
    if (use.what != Use::What::connection) continue;
    const std::pair connection(use.name, use.kind);
    if (std::ranges::find(words.connections, connection) == words.connections.end())
      words.connections.push_back(connection);
  }
  return words;
}

bool Vocabulary::reads(const std::string& topic) const {
  if (std::ranges::find(topics, topic) != topics.end()) return true;
  return std::ranges::any_of(takes, [&topic](const auto& takes_it) { return takes_it(topic); });
}

std::optional<Output::Kind> Vocabulary::sink(std::string_view name) const {
  for (const auto& [sink, kind] : sinks) {
    if (sink == name) return kind;
  }
  return std::nullopt;
}

std::vector<std::string> Vocabulary::connections_of(std::string_view kind) const {
  std::vector<std::string> names;
  for (const auto& [name, its_kind] : connections) {
    if (its_kind == kind) names.push_back(name);
  }
  return names;
}

}  // namespace weir::testkit
