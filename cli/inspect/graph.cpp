#include "cli/inspect/graph.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace weir::cli {

namespace {

std::string_view place_word(Use::What what) {
  switch (what) {
    case Use::What::connection:
      return "connection";
    case Use::What::topic:
      return "topic";
    case Use::What::stream:
      return "stream";
    case Use::What::file:
      return "file";
  }
  return "place";
}

class GraphMaker {
 public:
  explicit GraphMaker(const Topology& topology) : topology_(topology) { graph_.groups.emplace_back(); }

  Graph make() {
    for (const PipelinePlan& plan : topology_.pipelines) add_pipeline(plan);
    return std::move(graph_);
  }

 private:
  using Kind = Graph::Node::Kind;

  void add_pipeline(const PipelinePlan& plan) {
    const std::string path = "pipelines." + plan.name;
    const std::size_t group =
        add_group({path, Graph::Group::Kind::pipeline, plan.name, plan.enabled ? "" : "switched off"});
    const std::size_t source =
        add_node({path + ".source", Kind::source, plan.source.type->name,
                  plan.source.description.group.empty() ? "source" : "group " + plan.source.description.group, group});
    for (const Use& use : plan.source.description.uses) {
      if (use.what != Use::What::connection) add_edge({place_of(use), source, {}});
    }
    std::size_t last = source;
    std::size_t router = source;
    const ComponentPlan* routing = nullptr;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
      const ComponentPlan& stage = plan.stages[i];
      const std::size_t node =
          add_node({path + ".stages[" + std::to_string(i) + "]", Kind::stage, stage.type->name, "stage", group});
      add_edge({last, node, {}});
      last = node;
      if (!stage.description.routes) continue;
      router = node;
      routing = &stage;
    }
    std::vector<std::size_t> sinks;
    for (std::size_t i = 0; i < plan.sinks.size(); ++i) sinks.push_back(add_sink(plan, i, path, group));
    if (routing != nullptr)
      add_routes(*routing, plan, sinks, {router, last}, path, group);
    else if (plan.default_sink != kNoSink)
      add_edge({last, sinks[plan.default_sink], {}});
    if (plan.dlq != kNoSink) add_edge({last, sinks[plan.dlq], "cannot be processed", Graph::Edge::Kind::dead_letters});
  }

  std::size_t add_sink(const PipelinePlan& plan, std::size_t index, const std::string& path, std::size_t group) {
    const auto& [name, sink] = plan.sinks[index];
    const std::size_t node = add_node({path + ".sinks." + name, Kind::sink, name, sink.type->name + " sink", group});
    const auto kind = index == plan.dlq ? Graph::Edge::Kind::dead_letters : Graph::Edge::Kind::events;
    for (const Use& use : sink.description.uses) {
      if (use.what != Use::What::connection) add_edge({node, place_of(use), {}, kind});
    }
    return node;
  }

  struct Ends {
    std::size_t router;  // chooses
    std::size_t last;    // hands over
  };
  // One edge for each sink, with all patterns that lead there.
  void add_routes(const ComponentPlan& routing, const PipelinePlan& plan, const std::vector<std::size_t>& sinks,
                  const Ends& ends, const std::string& path, std::size_t group) {
    std::vector<std::pair<std::string, std::string>> labels;  // sink → patterns
    for (const Branch& branch : routing.description.branches) {
      const auto known = std::ranges::find(labels, branch.sink, [](const auto& label) { return label.first; });
      if (known == labels.end())
        labels.emplace_back(branch.sink, branch.pattern);
      else
        known->second += ", " + branch.pattern;
    }
    for (const auto& [sink, patterns] : labels) {
      if (sink.empty()) {
        const std::size_t dropped = add_node({path + ".dropped", Kind::dropped, "dropped", "and counted", group});
        add_edge({ends.router, dropped, patterns});
        continue;
      }
      const auto found = std::ranges::find(plan.sinks, sink, [](const auto& entry) { return entry.first; });
      if (found != plan.sinks.end())
        add_edge({ends.last, sinks[static_cast<std::size_t>(found - plan.sinks.begin())], patterns});
    }
  }

  // The same topic, stream or file is one node, whoever uses it.
  std::size_t place_of(const Use& use) {
    const std::string what(place_word(use.what));
    const std::string id = use.lies_at + "/" + what + "/" + use.name;
    const auto known = places_.find(id);
    if (known != places_.end()) return known->second;
    const std::string detail = use.is_exact ? what : what + "s by pattern";
    return places_[id] = add_node({id, Kind::place, use.name, detail, group_of(use.lies_at)});
  }

  std::size_t group_of(const std::string& connection) {
    const auto plan = topology_.connections.find(connection);
    if (plan == topology_.connections.end()) return 0;
    const auto known = connections_.find(connection);
    if (known != connections_.end()) return known->second;
    const bool embedded = plan->second.description.peer.is_embedded;
    return connections_[connection] = add_group({"connections." + connection, Graph::Group::Kind::connection,
                                                 connection, plan->second.type->name + (embedded ? ", embedded" : "")});
  }

  std::size_t add_group(Graph::Group group) {
    graph_.groups.push_back(std::move(group));
    return graph_.groups.size() - 1;
  }
  std::size_t add_node(Graph::Node node) {
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }
  void add_edge(Graph::Edge edge) { graph_.edges.push_back(std::move(edge)); }

  const Topology& topology_;
  Graph graph_;
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::size_t> connections_;
};

}  // namespace

Graph graph_of(const Topology& topology) {
  return GraphMaker(topology).make();
}

}  // namespace weir::cli
