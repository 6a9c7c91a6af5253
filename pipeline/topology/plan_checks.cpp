#include "pipeline/topology/plan_checks.hpp"

#include "pipeline/topology/loops.hpp"
#include "pipeline/topology/pipeline_checks.hpp"
#include "pipeline/topology/written_place.hpp"

#include <map>

namespace weir::detail {

namespace {

using config::Diagnostics;

// Whether any message is taken by both, as far as names tell.
bool overlap(const Use& left, const Use& right) {
  if (left.name == right.name) return true;
  const auto takes = [](const Use& expression, const Use& other) {
    return expression.takes && expression.takes(other.is_exact ? other.name : other.example);
  };
  return (!left.is_exact && takes(left, right)) || (!right.is_exact && takes(right, left));
}

// Two pipelines of one group: an error where both read a topic, a warning where they meet at one server only.
void check_groups(const Topology& topology, const PipelinePlan& left, const PipelinePlan& right, CheckBudget& budget,
                  Diagnostics& out) {
  const Description& one = left.source.description;
  const Description& other = right.source.description;
  if (one.group.empty() || one.group != other.group) return;
  if (!budget.spend(one.uses.size() * other.uses.size() * CheckBudget::kExpression)) return;
  const WrittenPlace group = find_written(right.source, other.group);
  const std::string path = "pipelines." + right.name + ".source";
  const std::string shared = "the group " + group.shown + " is that of the pipeline '" + left.name + "' too";
  bool at_one_server = false;
  for (const Use& first : one.uses) {
    for (const Use& second : other.uses) {
      if (first.what != Use::What::topic || second.what != Use::What::topic) continue;
      if (!is_same_server(topology, first.lies_at, second.lies_at)) continue;
      at_one_server = true;
      if (!overlap(first, second)) continue;
      out.error("shared-group", group.mark, path,
                shared + ", and both read the topic " + find_written(right.source, second.name).shown +
                    ": each record would go to one of the two only",
                "give each pipeline a group of its own");
      return;
    }
  }
  if (!at_one_server) return;
  out.warning("mixed-group", group.mark, path,
              shared +
                  ", which reads other topics: whenever one of them starts or stops, both stand still until the "
                  "partitions are assigned anew",
              "give each pipeline a group of its own");
}

// Lines of two sinks in one file cannot be told apart.
void check_files(const Topology& topology, Diagnostics& out) {
  std::map<std::string, std::string> written_by;  // path → the sink, in words
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (!pipeline.enabled) continue;
    for (const auto& [name, sink] : pipeline.sinks) {
      for (const Use& use : sink.description.uses) {
        if (use.what != Use::What::file) continue;
        const auto [first, is_new] =
            written_by.emplace(use.name, "the sink '" + name + "' of the pipeline '" + pipeline.name + "'");
        if (is_new) continue;
        const WrittenPlace file = find_written(sink, use.name);
        out.warning(
            "shared-file", file.mark, "pipelines." + pipeline.name + ".sinks." + name,
            "the file " + file.shown + " is also that of " + first->second + ": their lines could not be told apart",
            "give each sink a file of its own");
      }
    }
  }
}

}  // namespace

void check_whole_plan(const Topology& topology, Diagnostics& out) {
  const std::vector<PipelinePlan>& pipelines = topology.pipelines;
  CheckBudget budget;
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    check_pipeline(pipelines[i], out);
    if (!pipelines[i].enabled) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (pipelines[j].enabled) check_groups(topology, pipelines[j], pipelines[i], budget, out);
    }
  }
  check_loops(topology, budget, out);
  check_files(topology, out);
  if (budget.is_spent())
    out.warning("not-checked", {}, {}, "there are too many topics and sinks to see whether outputs are read again",
                "split the configuration");
}

}  // namespace weir::detail
