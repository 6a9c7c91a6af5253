// A configuration as a graph: what is read, what it passes, where it is written.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace weir::cli {

// Lifetime: a value. Executor, Cancellation, Errors: none.
struct Graph {
  struct Node {
    enum class Kind {
      place,  // a topic, stream or file outside
      source,
      stage,
      sink,
      dropped,  // where a route's drops go
    };
    std::string id;  // "pipelines.orders.sinks.events", "broker/topic/orders"
    Kind kind = Kind::place;
    std::string name;    // "orders"
    std::string detail;  // "topic", "kafka", "routes by …"; may be empty
    std::size_t group = 0;
  };
  struct Edge {
    enum class Kind { events, dead_letters };
    std::size_t from = 0;  // indices of nodes
    std::size_t to = 0;
    std::string label;  // which of them take it; empty: all
    Kind kind = Kind::events;
  };
  // What is drawn in one frame: a pipeline, a connection.
  struct Group {
    enum class Kind { none, pipeline, connection };
    std::string id;
    Kind kind = Kind::none;
    std::string name;
    std::string detail;  // "off", "kafka, embedded"
  };
  std::vector<Group> groups;  // the first one is no frame
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

Graph graph_of(const Topology& topology);

// Whatever the names hold, each is a whole document of its language, ended by a line feed.
std::string to_dot(const Graph& graph);
std::string to_mermaid(const Graph& graph);
// {"groups":[{"id","kind","name","detail"}],"nodes":[{"id","kind","name","detail","group"}],
// "edges":[{"from","to","kind","label"}]}
std::string to_json(const Graph& graph);

}  // namespace weir::cli
