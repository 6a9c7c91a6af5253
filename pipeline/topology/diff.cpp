#include "pipeline/topology/diff.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/topology/changed_options.hpp"

#include <algorithm>
#include <set>

namespace weir {

namespace {

using What = PartChange::What;
// Connections of the new configuration that are not the same object as before.
using NewConnections = std::set<std::string>;

bool is_same_component(const ComponentPlan& left, const ComponentPlan& right) {
  return left.type->name == right.type->name && left.fingerprint == right.fingerprint;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

// What differs in the options of two components: "topics, group"; of two of another kind, that.
std::string what_differs(const ComponentPlan& now, const ComponentPlan& next) {
  if (now.type->name != next.type->name) return "'" + now.type->name + "' before, now '" + next.type->name + "'";
  const auto options_of = [](const ComponentPlan& plan) {
    return std::string_view(plan.fingerprint).substr(std::min(plan.fingerprint.size(), plan.type->name.size()));
  };
  const std::vector<std::string> options = changed_options(options_of(now), options_of(next));
  return options.empty() ? std::string("options") : joined(options);
}

// The connection that a component uses and that is a new one; empty = none.
std::string new_connection_of(const ComponentPlan& component, const NewConnections& fresh) {
  for (const Use& use : component.description.uses) {
    if (use.what == Use::What::connection && fresh.contains(use.name)) return use.name;
  }
  return {};
}

// Why the next component cannot be the one that runs; empty = it can.
std::string why_rebuilt(const ComponentPlan& now, const ComponentPlan& next, const NewConnections& fresh) {
  if (!is_same_component(now, next)) return what_differs(now, next);
  const std::string connection = new_connection_of(next, fresh);
  return connection.empty() ? std::string() : "connection '" + connection + "'";
}

std::vector<PartChange> compare_connections(const Topology& now, const Topology& next, NewConnections& fresh) {
  std::vector<PartChange> changes;
  for (const auto& [name, plan] : next.connections) {
    const auto old = now.connections.find(name);
    PartChange& change = changes.emplace_back(PartChange{What::kept, name, {}});
    if (old == now.connections.end()) {
      change.what = What::added;
    } else if (!is_same_component(old->second, plan)) {
      change.what = What::rebuilt;
      change.why = what_differs(old->second, plan);
    }
    if (change.what != What::kept) fresh.insert(name);
  }
  for (const auto& [name, plan] : now.connections) {
    if (!next.connections.contains(name)) changes.push_back({What::removed, name, {}});
  }
  return changes;
}

std::vector<PartChange> compare_sinks(const PipelinePlan& now, const PipelinePlan& next, const NewConnections& fresh) {
  const auto find = [](const PipelinePlan& plan, const std::string& name) -> const ComponentPlan* {
    const auto found = std::ranges::find(plan.sinks, name, [](const auto& sink) { return sink.first; });
    return found == plan.sinks.end() ? nullptr : &found->second;
  };
  std::vector<PartChange> changes;
  for (const auto& [name, sink] : next.sinks) {
    const ComponentPlan* old = find(now, name);
    PartChange& change = changes.emplace_back(PartChange{What::added, name, {}});
    if (old == nullptr) continue;
    change.why = why_rebuilt(*old, sink, fresh);
    change.what = change.why.empty() ? What::kept : What::rebuilt;
  }
  for (const auto& [name, sink] : now.sinks) {
    if (find(next, name) == nullptr) changes.push_back({What::removed, name, {}});
  }
  return changes;
}

// Two chains of stages, compared: which of the old is which of the new.
class StageMatch {
 public:
  StageMatch(const std::vector<ComponentPlan>& now, const std::vector<ComponentPlan>& next, const NewConnections& fresh)
      : now_(now), next_(next), fresh_(fresh), changes_(next.size()), used_(now.size(), false) {}

  std::vector<PartChange> compare() {
    for (std::size_t i = 0; i < next_.size(); ++i) changes_[i] = {What::added, next_[i].type->name, {}};
    keep_the_longest_run();
    pair_up(What::moved, [this](const ComponentPlan& old, const ComponentPlan& stage) { return is_kept(old, stage); });
    pair_up(What::rebuilt, [](const ComponentPlan& old, const ComponentPlan& stage) {
      return old.type->name == stage.type->name;
    });
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (!used_[i]) changes_.push_back({What::removed, now_[i].type->name, {}});
    }
    return std::move(changes_);
  }

 private:
  bool is_kept(const ComponentPlan& old, const ComponentPlan& stage) const {
    return is_same_component(old, stage) && new_connection_of(stage, fresh_).empty();
  }

  // What stays in place while others are moved, added or go: the longest common subsequence.
  void keep_the_longest_run() {
    const std::size_t rows = now_.size() + 1;
    const std::size_t columns = next_.size() + 1;
    std::vector<std::size_t> longest(rows * columns, 0);
    const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return longest[i * columns + j]; };
    for (std::size_t i = now_.size(); i-- > 0;) {
      for (std::size_t j = next_.size(); j-- > 0;) {
        at(i, j) = is_kept(now_[i], next_[j]) ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
    for (std::size_t i = 0, j = 0; i < now_.size() && j < next_.size();) {
      if (is_kept(now_[i], next_[j])) {
        changes_[j++].what = What::kept;
        used_[i++] = true;
      } else if (at(i + 1, j) >= at(i, j + 1)) {
        ++i;
      } else {
        ++j;
      }
    }
  }

  template <class Matches>
  void pair_up(What what, Matches matches) {
    for (std::size_t j = 0; j < next_.size(); ++j) {
      if (changes_[j].what != What::added) continue;
      for (std::size_t i = 0; i < now_.size(); ++i) {
        if (used_[i] || !matches(now_[i], next_[j])) continue;
        used_[i] = true;
        changes_[j].what = what;
        changes_[j].why = why_rebuilt(now_[i], next_[j], fresh_);
        break;
      }
    }
  }

  const std::vector<ComponentPlan>& now_;
  const std::vector<ComponentPlan>& next_;
  const NewConnections& fresh_;
  std::vector<PartChange> changes_;
  std::vector<bool> used_;  // of the old ones
};

template <class T>
void note(std::vector<std::string>& notes, std::string_view name, const T& now, const T& next, std::string (*text)(T)) {
  if (now == next) return;
  notes.push_back(std::string(name) + " " + text(now) + " → " + text(next));
}

std::string number(std::size_t value) {
  return std::to_string(value);
}

// Why its consumer cannot be kept: it was made for these.
std::vector<std::string> reasons_to_rejoin(const PipelinePlan& now, const PipelinePlan& next,
                                           const NewConnections& fresh) {
  std::vector<std::string> reasons;
  if (!is_same_component(now.source, next.source))
    reasons.push_back("source: " + what_differs(now.source, next.source));
  if (const std::string connection = new_connection_of(next.source, fresh); !connection.empty())
    reasons.push_back("the source's connection '" + connection + "'");
  note(reasons, "lanes", now.settings.lanes, next.settings.lanes, number);
  note(reasons, "batch_messages", now.settings.batch_messages, next.settings.batch_messages, number);
  note(reasons, "memory", now.settings.memory, next.settings.memory, config::format_bytes);
  return reasons;
}

// What the runner, or whoever stops it, takes over as it goes.
std::vector<std::string> changed_settings(const PipelinePlan& now, const PipelinePlan& next) {
  using config::format_duration;
  std::vector<std::string> changed;
  note(changed, "window", now.settings.window_batches, next.settings.window_batches, number);
  note(changed, "commit_interval", now.settings.commit_interval, next.settings.commit_interval, format_duration);
  note(changed, "drain_timeout", now.settings.drain_timeout, next.settings.drain_timeout, format_duration);
  note(changed, "reload.drain", now.settings.reload.drain, next.settings.reload.drain, format_duration);
  if (now.persist != next.persist) changed.emplace_back("persist");
  return changed;
}

// What decides where a message goes: stages that choose, and those before them that say what they choose by.
std::vector<const ComponentPlan*> routing_of(const PipelinePlan& plan) {
  std::vector<const ComponentPlan*> deciding;
  std::size_t up_to_choice = 0;
  for (const ComponentPlan& stage : plan.stages) {
    if (!stage.description.routes && !stage.description.decodes) continue;
    deciding.push_back(&stage);
    if (stage.description.routes) up_to_choice = deciding.size();
  }
  deciding.resize(up_to_choice);
  return deciding;
}

bool routes_alike(const PipelinePlan& now, const PipelinePlan& next) {
  return std::ranges::equal(
      routing_of(now), routing_of(next),
      [](const ComponentPlan* left, const ComponentPlan* right) { return is_same_component(*left, *right); });
}

bool any_changed(const std::vector<PartChange>& parts) {
  return std::ranges::any_of(parts, [](const PartChange& part) { return part.what != What::kept; });
}

PipelineChange compare_running(const PipelinePlan& now, const PipelinePlan& next, const NewConnections& fresh) {
  PipelineChange change;
  change.name = next.name;
  change.stages = StageMatch(now.stages, next.stages, fresh).compare();
  change.sinks = compare_sinks(now, next, fresh);
  change.settings = changed_settings(now, next);
  change.reasons = reasons_to_rejoin(now, next, fresh);
  const bool sinks_changed = any_changed(change.sinks);
  change.sinks_or_routes_changed = sinks_changed || !routes_alike(now, next);
  const bool changed = sinks_changed || any_changed(change.stages) || !change.settings.empty();
  // Nothing is left that the hash is made of; but dead letters name the configuration that they come from.
  if (!changed && change.reasons.empty() && now.config_hash != next.config_hash)
    change.settings.emplace_back("the order of its sinks");
  if (!change.reasons.empty())
    change.what = PipelineChange::What::rejoined;
  else if (changed || !change.settings.empty())
    change.what = PipelineChange::What::switched;
  return change;
}

PipelineChange compare_pipeline(const PipelinePlan* now, const PipelinePlan& next, const NewConnections& fresh) {
  using Pipeline = PipelineChange::What;
  if (now != nullptr && now->enabled && next.enabled) return compare_running(*now, next, fresh);
  PipelineChange change;
  change.name = next.name;
  if (now != nullptr && now->enabled)
    change.what = Pipeline::switched_off;
  else if (!next.enabled)
    change.what = Pipeline::off;
  else
    change.what = now == nullptr ? Pipeline::added : Pipeline::switched_on;
  return change;
}

const PipelinePlan* find_pipeline(const Topology& topology, const std::string& name) {
  const auto found = std::ranges::find(topology.pipelines, name, &PipelinePlan::name);
  return found == topology.pipelines.end() ? nullptr : &*found;
}

}  // namespace

TopologyDiff diff(const Topology& now, const Topology& next) {
  TopologyDiff diff;
  NewConnections fresh;
  diff.connections = compare_connections(now, next, fresh);
  for (const PipelinePlan& plan : next.pipelines)
    diff.pipelines.push_back(compare_pipeline(find_pipeline(now, plan.name), plan, fresh));
  for (const PipelinePlan& plan : now.pipelines) {
    if (find_pipeline(next, plan.name) != nullptr) continue;
    PipelineChange& gone = diff.pipelines.emplace_back();
    gone.what = plan.enabled ? PipelineChange::What::removed : PipelineChange::What::off;
    gone.name = plan.name;
  }
  return diff;
}

bool TopologyDiff::empty() const {
  return !any_changed(connections) && std::ranges::all_of(pipelines, [](const PipelineChange& change) {
    return change.what == PipelineChange::What::kept || change.what == PipelineChange::What::off;
  });
}

bool PipelineChange::runs_before() const {
  return what == What::kept || what == What::switched || what == What::rejoined || what == What::removed ||
         what == What::switched_off;
}

bool PipelineChange::runs_after() const {
  return what == What::kept || what == What::switched || what == What::rejoined || what == What::added ||
         what == What::switched_on;
}

std::string_view to_string(PartChange::What what) {
  switch (what) {
    case What::kept:
      return "kept";
    case What::rebuilt:
      return "rebuilt";
    case What::moved:
      return "moved";
    case What::added:
      return "added";
    case What::removed:
      return "removed";
  }
  return "changed";
}

std::string_view to_string(PipelineChange::What what) {
  switch (what) {
    case PipelineChange::What::kept:
      return "kept";
    case PipelineChange::What::switched:
      return "switched";
    case PipelineChange::What::rejoined:
      return "rejoined";
    case PipelineChange::What::added:
      return "added";
    case PipelineChange::What::removed:
      return "removed";
    case PipelineChange::What::switched_on:
      return "switched on";
    case PipelineChange::What::switched_off:
      return "switched off";
    case PipelineChange::What::off:
      return "off";
  }
  return "changed";
}

}  // namespace weir
