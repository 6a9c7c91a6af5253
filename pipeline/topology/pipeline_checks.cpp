#include "pipeline/topology/pipeline_checks.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/parts/part.hpp"
#include "pipeline/topology/written_place.hpp"

#include <algorithm>
#include <set>

namespace weir::detail {

namespace {

// The first of its parts that only a message has which was read well; nullptr = there is none.
const std::string* part_of_event(const ComponentPlan& component) {
  const auto found =
      std::ranges::find_if(component.description.parts, [](const std::string& part) { return is_event_field(part); });
  return found == component.description.parts.end() ? nullptr : &*found;
}

// How long a write is tried until its attempts are used up, in waits alone; what is far beyond any memory is not summed
// up any more.
Duration horizon_of(const RetryPolicy& retry) {
  constexpr Duration kLongest = std::chrono::hours(24 * 365);
  constexpr std::uint32_t kMostAttempts = 1000;  // also of a policy that was refused
  Duration sum{};
  for (std::uint32_t failures = 1; failures < std::min(retry.attempts, kMostAttempts) && sum < kLongest; ++failures)
    sum += std::min(retry.backoff(failures), kLongest);
  return sum;
}

class PipelineChecks {
 public:
  PipelineChecks(const PipelinePlan& pipeline, config::Diagnostics& out)
      : pipeline_(pipeline), path_("pipelines." + pipeline.name), out_(out) {}

  void run() {
    check_decoding();
    check_routing();
    check_reached();
    check_dead_letters();
    check_window();
  }

 private:
  std::string sink_path(const std::string& name) const { return path_ + ".sinks." + name; }

  void check_decoding() {
    bool decoded = pipeline_.lacks_stages;
    for (const ComponentPlan& stage : pipeline_.stages) {
      if (!decoded) want_decoded(stage, "the stage '" + stage.type->name + "'", path_ + ".stages");
      decoded = decoded || !stage.is_sound || stage.description.decodes;
    }
    if (decoded) return;
    for (const auto& [name, sink] : pipeline_.sinks) want_decoded(sink, "the sink '" + name + "'", sink_path(name));
  }

  void want_decoded(const ComponentPlan& component, const std::string& who, const std::string& path) {
    const std::string* part = part_of_event(component);
    if (part == nullptr) return;
    out_.error(
        "not-decoded", component.node.mark(), path,
        who + " needs " + config::quote(*part) + ", and no stage before it decodes messages: none of them has it",
        "add '- decode: {}' before it");
  }

  void check_routing() {
    const ComponentPlan* chosen_by = nullptr;
    for (const ComponentPlan& stage : pipeline_.stages) {
      if (!stage.description.routes) continue;
      if (chosen_by != nullptr) {
        out_.error(
            "routed-twice", stage.node.mark(), path_ + ".stages",
            "this stage '" + stage.type->name + "' chooses the sink anew: what the one at " +
                chosen_by->node.mark().str() + " chose is lost",
            "make one of the two; only a route of which all targets but one are 'drop' may stand before another");
      }
      if (stage.description.routes_to.size() > 1) chosen_by = &stage;
    }
  }

  // A stage that routes without saying where to may choose any.
  void check_reached() {
    bool routes = false;
    std::set<std::string> reached;
    for (const ComponentPlan& stage : pipeline_.stages) {
      const Description& description = stage.description;
      if (!stage.is_sound || (description.routes && description.routes_to.empty())) return;
      routes = routes || description.routes;
      reached.insert(description.routes_to.begin(), description.routes_to.end());
    }
    if (!routes || pipeline_.lacks_stages) return;
    for (std::size_t i = 0; i < pipeline_.sinks.size(); ++i) {
      const auto& [name, sink] = pipeline_.sinks[i];
      if (i == pipeline_.dlq || reached.contains(name)) continue;
      out_.warning("unreached-sink", sink.node.mark(), sink_path(name),
                   "no route leads to the sink " + config::quote(name) + ": nothing is ever written to it",
                   "add a pattern for it, or remove it");
    }
  }

  void check_dead_letters() {
    if (pipeline_.dlq == kNoSink) return;
    const auto& [name, sink] = pipeline_.sinks[pipeline_.dlq];
    if (!sink.is_sound) return;
    if (!sink.description.stores_raw) {
      out_.warning("dlq-incomplete", sink.node.mark(), sink_path(name),
                   "the sink '" + sink.type->name + "' does not keep a record as it came: a dead letter in it is lost",
                   "use a sink such as kafka or file for 'dlq'");
    }
    if (const std::string* part = part_of_event(sink)) {
      out_.warning("dlq-needs-event", sink.node.mark(), sink_path(name),
                   "where a dead letter goes depends on " + config::quote(*part) +
                       ", which a record that could not be decoded does not have: such a letter ends the pipeline",
                   "use a fixed name, or parts that every record has, such as {topic}");
    }
  }

  void check_window() {
    const Duration horizon = horizon_of(pipeline_.persist.retry);
    for (const ComponentPlan& stage : pipeline_.stages) {
      const Duration remembers = stage.description.remembers;
      if (remembers == Duration::zero() || remembers >= horizon) continue;
      const config::Node* written = stage.node.find("window");
      out_.warning("short-window", written == nullptr ? stage.node.mark() : written->mark(), path_ + ".stages",
                   "the stage '" + stage.type->name + "' remembers an id for " + config::format_duration(remembers) +
                       ", and 'persist' may try to write its message for " + config::format_duration(horizon) +
                       ": a copy that comes meanwhile is not known again",
                   "make the window longer than the waits of 'persist' together");
    }
  }

  const PipelinePlan& pipeline_;
  const std::string path_;
  config::Diagnostics& out_;
};

}  // namespace

void check_pipeline(const PipelinePlan& pipeline, config::Diagnostics& out) {
  PipelineChecks(pipeline, out).run();
}

}  // namespace weir::detail
