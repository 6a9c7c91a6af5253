#include "pipeline/topology/plan_checks.hpp"

#include "pipeline/parts/part.hpp"
#include "pipeline/topology/loops.hpp"
#include "pipeline/topology/written_place.hpp"

namespace weir::detail {

namespace {

using config::Diagnostics;

// The wanted parts that only a decoded message has.
void want_decoded(const ComponentPlan& component, const std::string& who, const std::string& path, Diagnostics& out) {
  for (const std::string& part : component.description.parts) {
    if (!is_event_field(part)) continue;
    out.error("not-decoded", component.node.mark(), path,
              who + " needs " + config::quote(part) + ", and no stage before it decodes messages: none of them has it",
              "add '- decode: {}' before it");
    return;
  }
}

// Whether any message is taken by both, as far as names tell.
bool overlap(const Use& left, const Use& right) {
  if (left.name == right.name) return true;
  const auto takes = [](const Use& expression, const Use& other) {
    return expression.takes && expression.takes(other.is_exact ? other.name : other.example);
  };
  return (!left.is_exact && takes(left, right)) || (!right.is_exact && takes(right, left));
}

void check_groups(const Topology& topology, const PipelinePlan& left, const PipelinePlan& right, CheckBudget& budget,
                  Diagnostics& out) {
  const Description& one = left.source.description;
  const Description& other = right.source.description;
  if (one.group.empty() || one.group != other.group) return;
  if (!budget.spend(one.uses.size() * other.uses.size() * CheckBudget::kExpression)) return;
  for (const Use& first : one.uses) {
    for (const Use& second : other.uses) {
      if (first.what != Use::What::topic || second.what != Use::What::topic) continue;
      if (!is_same_server(topology, first.lies_at, second.lies_at) || !overlap(first, second)) continue;
      const WrittenPlace group = find_written(right.source, other.group);
      out.error("shared-group", group.mark, "pipelines." + right.name + ".source",
                "the group " + group.shown + " is that of the pipeline '" + left.name +
                    "' too, and both read the topic " + find_written(right.source, second.name).shown +
                    ": each record would go to one of the two only",
                "give each pipeline a group of its own");
      return;
    }
  }
}

void check_stages(const PipelinePlan& pipeline, Diagnostics& out) {
  const std::string path = "pipelines." + pipeline.name;
  const ComponentPlan* chosen_by = nullptr;
  bool decoded = false;
  for (const ComponentPlan& stage : pipeline.stages) {
    const Description& description = stage.description;
    if (!decoded) want_decoded(stage, "the stage '" + stage.type->name + "'", path + ".stages", out);
    decoded = decoded || description.decodes;
    if (!description.routes) continue;
    if (chosen_by != nullptr) {
      out.error("routed-twice", stage.node.mark(), path + ".stages",
                "this stage '" + stage.type->name + "' chooses the sink anew: what the one at " +
                    chosen_by->node.mark().str() + " chose is lost",
                "make one of the two; only a route of which all targets but one are 'drop' may stand before another");
    }
    if (description.routes_to.size() > 1) chosen_by = &stage;
  }
  if (decoded) return;
  for (const auto& [name, sink] : pipeline.sinks) {
    want_decoded(sink, "the sink '" + name + "'", path + ".sinks." + name, out);
  }
}

}  // namespace

void check_whole_plan(const Topology& topology, Diagnostics& out) {
  const std::vector<PipelinePlan>& pipelines = topology.pipelines;
  CheckBudget budget;
  for (std::size_t i = 0; i < pipelines.size(); ++i) {
    check_stages(pipelines[i], out);
    if (!pipelines[i].enabled) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (pipelines[j].enabled) check_groups(topology, pipelines[j], pipelines[i], budget, out);
    }
  }
  check_loops(topology, budget, out);
  if (budget.is_spent())
    out.warning("not-checked", {}, {}, "there are too many topics and sinks to see whether outputs are read again",
                "split the configuration");
}

}  // namespace weir::detail
