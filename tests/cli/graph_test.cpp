// `weir graph`: what is drawn, and that it is a drawing whatever the names hold.
#include "cli/inspect/graph.hpp"

#include "tests/cli/inspect_kit.hpp"

#include <gmock/gmock.h>

#include <regex>

namespace weir::cli {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The part of Graphviz's grammar that a drawing may use; nothing where the text is not in it.
class DotReader {
 public:
  explicit DotReader(std::string_view text) : text_(text) {}
  bool is_graph() { return word("digraph") && id() && token('{') && statements() && token('}') && at_end(); }
  std::size_t nodes = 0;
  std::size_t edges = 0;

 private:
  void skip() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_[0])) != 0) text_.remove_prefix(1);
  }
  bool at_end() {
    skip();
    return text_.empty();
  }
  bool token(char c) {
    skip();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view expected) {
    skip();
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  bool id() {
    skip();
    if (token('"')) {
      for (; !text_.empty() && text_[0] != '"'; text_.remove_prefix(1)) {
        if (static_cast<unsigned char>(text_[0]) < 0x20) return false;
        if (text_[0] == '\\') text_.remove_prefix(1);
        if (text_.empty()) return false;
      }
      return token('"');
    }
    std::size_t length = 0;
    while (length < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[length])) != 0 || text_[length] == '_'))
      ++length;
    text_.remove_prefix(length);
    return length > 0;
  }
  bool attributes() {
    if (!token('[')) return true;
    do {
      if (!id() || !token('=') || !id()) return false;
    } while (token(','));
    return token(']');
  }
  bool statements() {
    for (skip(); !text_.starts_with('}'); skip()) {
      if (text_.empty()) return false;
      if (word("subgraph")) {
        if (!id() || !token('{') || !statements() || !token('}')) return false;
        continue;
      }
      if (!id()) return false;
      if (token('=')) {
        if (!id() || !token(';')) return false;
        continue;
      }
      if (word("->")) {
        ++edges;
        if (!id()) return false;
      } else {
        ++nodes;
      }
      if (!attributes() || !token(';')) return false;
    }
    return true;
  }

  std::string_view text_;
};

// Every line is one that Mermaid's flow charts have, with quoted labels that end where they should.
std::string not_mermaid(const std::string& text) {
  const std::string label = R"("[^"]*")";
  const std::regex line("flowchart LR|  subgraph g[0-9]+ \\[" + label + "\\]|  end|( {2}| {4})n[0-9]+(\\[\\(" + label +
                        "\\)\\]|\\[" + label + "\\]|\\(\\[" + label + "\\]\\))|  n[0-9]+ (-->|-\\.->)(\\|" + label +
                        "\\|)? n[0-9]+");
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    if (!std::regex_match(one, line)) return one;
  }
  return {};
}

class GraphTest : public ::testing::Test {
 protected:
  GraphTest() { register_all(registry_); }
  // "from -> to: label", by the names of nodes; dead letters are marked.
  static std::vector<std::string> edges(const Graph& graph) {
    std::vector<std::string> all;
    for (const Graph::Edge& edge : graph.edges) {
      all.push_back(graph.nodes[edge.from].name + " -> " + graph.nodes[edge.to].name +
                    (edge.label.empty() ? "" : ": " + edge.label) +
                    (edge.kind == Graph::Edge::Kind::dead_letters ? " (dead letters)" : ""));
    }
    return all;
  }
  Registry registry_;
};

TEST_F(GraphTest, EveryWayOfAnEventIsDrawnOnce) {
  const Graph graph = graph_of(plan_of(kOrders, registry_));
  EXPECT_THAT(edges(graph),
              ::testing::UnorderedElementsAre(
                  "orders -> kafka", "^audit-.* -> kafka", "kafka -> decode", "decode -> dedupe", "dedupe -> route",
                  "route -> audit: Audit*", "route -> dropped: Test*, Ping", "route -> events: everything else",
                  "route -> dlq: cannot be processed (dead letters)", "events -> {aggregate_type}-{aggregate_id}",
                  "audit -> audit/audit.jsonl", "dlq -> orders.dlq (dead letters)"));
}

TEST_F(GraphTest, WithoutARouteAllGoesToTheOneSink) {
  const std::string yaml = R"(
connections: { k: { kafka: "a:1" } }
pipelines:
  p:
    source: { kafka: { connection: k, topics: [t], group: g } }
    stages: [ { persist: {} }, { ack: {} } ]
    sinks: { out: { stdout: {} } }
)";
  EXPECT_THAT(edges(graph_of(plan_of(yaml, registry_))), ::testing::ElementsAre("t -> kafka", "kafka -> out"));
}

TEST_F(GraphTest, ATopicOfTwoPipelinesIsOneNode) {
  const std::string yaml = R"(
connections: { k: { kafka: "a:1" } }
pipelines:
  one:
    source: { kafka: { connection: k, topics: [a], group: one } }
    stages: [ { persist: {} }, { ack: {} } ]
    sinks: { out: { kafka: { connection: k, topic: b } } }
  two:
    source: { kafka: { connection: k, topics: [b], group: two } }
    stages: [ { persist: {} }, { ack: {} } ]
    sinks: { out: { drop: {} } }
)";
  const Graph graph = graph_of(plan_of(yaml, registry_));
  EXPECT_EQ(std::ranges::count(graph.nodes, "b", &Graph::Node::name), 1);
  EXPECT_THAT(edges(graph), Contains("out -> b"));
  EXPECT_THAT(edges(graph), Contains("b -> kafka"));
}

TEST_F(GraphTest, DrawingsKeepTheirGrammarWhateverTheNamesHold) {
  Graph graph = graph_of(plan_of(kOrders, registry_));
  for (const char* name :
       {"plain", "\"]; a -> b; \"", "back\\", "\\\"", "line\nend", "<b>&#;|`{}[]()", "\x1b[31m\xff", "ä→ü", ""}) {
    for (Graph::Node& node : graph.nodes) node.name = node.detail = name;
    for (Graph::Edge& edge : graph.edges) edge.label = name;
    for (Graph::Group& group : graph.groups) group.name = group.detail = name;
    const std::string dot = to_dot(graph);
    DotReader reader(dot);
    EXPECT_TRUE(reader.is_graph()) << dot;
    EXPECT_EQ(reader.edges, graph.edges.size());
    EXPECT_EQ(reader.nodes, graph.nodes.size() + 2) << "and the defaults of nodes and edges";
    EXPECT_EQ(not_mermaid(to_mermaid(graph)), "");
  }
}

TEST_F(GraphTest, LabelsSayWhatIsDrawn) {
  const Graph graph = graph_of(plan_of(kOrders, registry_));
  EXPECT_THAT(to_dot(graph), HasSubstr("label=\"orders\\ntopic\""));
  EXPECT_THAT(to_mermaid(graph), HasSubstr("|\"Audit*\"|"));
  EXPECT_THAT(to_json(graph),
              HasSubstr(R"("from": "pipelines.orders.stages[2]", "to": "pipelines.orders.sinks.audit")"));
  EXPECT_THAT(to_mermaid(graph), Not(HasSubstr("embedded")));
}

}  // namespace
}  // namespace weir::cli
