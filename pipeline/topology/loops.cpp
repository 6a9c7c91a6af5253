#include "pipeline/topology/loops.hpp"

#include "pipeline/parts/template.hpp"
#include "pipeline/topology/written_place.hpp"

#include <algorithm>
#include <optional>

namespace weir::detail {

namespace {

// What one pipeline writes and another one, or itself, reads.
struct Edge {
  std::size_t from = 0;  // index of the pipeline
  std::size_t to = 0;
  std::size_t sink = 0;  // index in the sinks of `from`
  const Use* output = nullptr;
  const Use* input = nullptr;
  std::string name;     // the topic or stream that both mean, or an example of one
  bool is_sure = true;  // it is no example; whether the input names it or an expression takes it is all the same
};

// No source reads files.
bool lies_somewhere(const Use& use) {
  return use.what == Use::What::topic || use.what == Use::What::stream;
}

// A name that the use may mean, and whether it is the only one.
struct Name {
  std::string text;
  bool is_sure;
};

bool names_only_the_topic(const Template& name) {
  const std::vector<std::string> parts = name.parts();
  return std::ranges::all_of(parts, [](const std::string& part) { return part == "topic"; });
}

// The names that an output has for the records of one pipeline, each as good as what is known of its inputs.
std::vector<Name> output_names(const Use& output, const PipelinePlan& pipeline) {
  if (output.is_exact) return {{output.name, true}};
  const Result<Template> name = Template::parse(output.name, "name");
  if (name.has_error()) return {};  // it has names of its own, such as {prefix}
  std::vector<Name> names;
  for (const Use& input : pipeline.source.description.uses) {
    if (input.what != Use::What::topic) continue;
    const std::string& topic = input.is_exact ? input.name : input.example;
    if (!topic.empty()) names.push_back({name->example(topic), input.is_exact && names_only_the_topic(*name)});
  }
  return names;
}

std::size_t cost_of(const std::vector<Use>& inputs) {
  std::size_t cost = 0;
  for (const Use& input : inputs) cost += input.is_exact ? 1 : CheckBudget::kExpression;
  return cost;
}

std::optional<Edge> meeting(const Use& output, const PipelinePlan& writer, const Use& input) {
  for (const Name& name : output_names(output, writer)) {
    const bool met = input.is_exact ? name.text == input.name : input.takes && input.takes(name.text);
    if (!met) continue;
    Edge edge;
    edge.output = &output;
    edge.input = &input;
    edge.name = name.text;
    edge.is_sure = name.is_sure;
    return edge;
  }
  return std::nullopt;
}

// Names of hosts do not know case.
bool is_same_host(std::string_view left, std::string_view right) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

class LoopFinder {
 public:
  LoopFinder(const Topology& topology, CheckBudget& budget, config::Diagnostics& out)
      : topology_(topology), budget_(budget), out_(out) {}

  void run() {
    const std::size_t count = topology_.pipelines.size();
    for (std::size_t from = 0; from < count; ++from) {
      for (std::size_t to = 0; to < count; ++to) connect(from, to);
    }
    for (const Edge& edge : edges_) {
      if (edge.is_sure && is_fed(edge.to, edge.from, true))
        report(edge, config::Severity::error);
      else if (is_fed(edge.to, edge.from, false))
        report(edge, config::Severity::warning);
    }
  }

 private:
  void connect(std::size_t from, std::size_t to) {
    const PipelinePlan& writer = topology_.pipelines[from];
    const PipelinePlan& reader = topology_.pipelines[to];
    if (!writer.enabled || !reader.enabled) return;
    for (std::size_t sink = 0; sink < writer.sinks.size(); ++sink) {
      for (const Use& output : writer.sinks[sink].second.description.uses) {
        if (lies_somewhere(output)) connect(from, to, sink, output);
      }
    }
  }

  // One edge per output and reader: the sure one, where there is one.
  void connect(std::size_t from, std::size_t to, std::size_t sink, const Use& output) {
    const std::vector<Use>& inputs = topology_.pipelines[to].source.description.uses;
    const std::size_t names = output.is_exact ? 1 : topology_.pipelines[from].source.description.uses.size();
    if (!budget_.spend(inputs.size() + names * cost_of(inputs))) return;
    std::optional<Edge> found;
    for (const Use& input : inputs) {
      if (input.what != output.what || !is_same_server(topology_, input.lies_at, output.lies_at)) continue;
      std::optional<Edge> edge = meeting(output, topology_.pipelines[from], input);
      if (edge.has_value() && (!found.has_value() || edge->is_sure)) found = std::move(edge);
    }
    if (!found.has_value()) return;
    found->from = from;
    found->to = to;
    found->sink = sink;
    edges_.push_back(std::move(*found));
  }

  // Whether what the pipeline `from` writes reaches the pipeline `to`; each reaches itself.
  bool is_fed(std::size_t from, std::size_t to, bool surely) const {
    std::vector<std::size_t> reached{from};
    for (std::size_t at = 0; at < reached.size(); ++at) {
      if (reached[at] == to) return true;
      if (!budget_.spend(edges_.size())) return false;
      for (const Edge& edge : edges_) {
        const bool follows = edge.from == reached[at] && (edge.is_sure || !surely);
        if (follows && std::ranges::find(reached, edge.to) == reached.end()) reached.push_back(edge.to);
      }
    }
    return false;
  }

  void report(const Edge& edge, config::Severity severity) {
    const PipelinePlan& writer = topology_.pipelines[edge.from];
    const PipelinePlan& reader = topology_.pipelines[edge.to];
    const auto& [name, sink] = writer.sinks[edge.sink];
    const std::string what = edge.output->what == Use::What::topic ? "topic" : "stream";
    const WrittenPlace output = find_written(sink, edge.output->name);
    std::string message = "the sink '" + name + "' of the pipeline '" + writer.name + "' writes to the " + what + " ";
    message += edge.output->is_exact ? output.shown : "that " + output.shown + " makes";
    message +=
        edge.from == edge.to ? ", and the pipeline reads it" : ", and the pipeline '" + reader.name + "' reads it";
    if (!edge.input->is_exact) message += " where " + find_written(reader.source, edge.input->name).shown + " matches";
    if (edge.from != edge.to) message += " and feeds '" + writer.name + "' again";
    if (severity == config::Severity::error)
      message += ": what it writes would go round for ever";
    else
      message += ": what it writes may go round for ever" + example_of(edge, output);
    const std::string hint = severity == config::Severity::error
                                 ? "write to another " + what + ", or do not read this one"
                                 : "name what is read, or choose names that the source does not take";
    const std::string path = "pipelines." + writer.name + ".sinks." + name;
    out_.add({severity, "output-is-input", output.mark, path, std::move(message), hint});
  }

  static std::string example_of(const Edge& edge, const WrittenPlace& output) {
    const bool may_be_shown = output.shown.starts_with('\'');
    return may_be_shown && !edge.output->is_exact ? " (one such name: " + config::quote(edge.name) + ")" : "";
  }

  const Topology& topology_;
  CheckBudget& budget_;
  config::Diagnostics& out_;
  std::vector<Edge> edges_;
};

}  // namespace

bool is_same_server(const Topology& topology, const std::string& left, const std::string& right) {
  if (left == right) return true;
  const auto one = topology.connections.find(left);
  const auto other = topology.connections.find(right);
  if (one == topology.connections.end() || other == topology.connections.end()) return false;
  if (one->second.type == nullptr || one->second.type != other->second.type) return false;
  const Peer& first = one->second.description.peer;
  const Peer& second = other->second.description.peer;
  if (first.is_embedded || second.is_embedded) return first.is_embedded && second.is_embedded;
  return std::ranges::any_of(first.addresses, [&](const std::string& address) {
    return std::ranges::any_of(second.addresses,
                               [&](const std::string& known) { return is_same_host(address, known); });
  });
}

void check_loops(const Topology& topology, CheckBudget& budget, config::Diagnostics& out) {
  LoopFinder(topology, budget, out).run();
}

}  // namespace weir::detail
