#include "cli/inspect/server_check.hpp"

#include "cli/inspect/file_check.hpp"
#include "pipeline/control/pipeline.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <set>

namespace weir::cli {

namespace {

using Need = CheckRequest::Need;

// All that enabled pipelines use, with who uses it.
std::vector<Need> needs_of(const Topology& topology) {
  std::vector<Need> needs;
  const auto add = [&needs](const ComponentPlan& component, const std::string& by, bool dead_letters) {
    for (const Use& use : component.description.uses) needs.push_back({use, by, dead_letters});
  };
  for (const PipelinePlan& plan : topology.pipelines) {
    if (!plan.enabled) continue;
    add(plan.source, plan.name + ", source", false);
    for (const ComponentPlan& stage : plan.stages) add(stage, plan.name + ", " + stage.type->name, false);
    for (std::size_t i = 0; i < plan.sinks.size(); ++i)
      add(plan.sinks[i].second, plan.name + ", sink " + plan.sinks[i].first, i == plan.dlq);
  }
  return needs;
}

// What is asked of that connection; nothing is, where no enabled pipeline uses it.
CheckRequest request_to(const std::string& connection, const Topology& topology, const std::vector<Need>& needs,
                        Duration patience) {
  CheckRequest request;
  request.patience = patience;
  for (const Need& need : needs) {
    if (need.use.what != Use::What::connection && need.use.lies_at == connection) request.needs.push_back(need);
  }
  std::set<std::string> groups;
  for (const PipelinePlan& plan : topology.pipelines) {
    const std::vector<Use>& uses = plan.source.description.uses;
    const bool reads_here = std::ranges::any_of(
        uses, [&connection](const Use& use) { return use.what == Use::What::connection && use.name == connection; });
    if (plan.enabled && reads_here && !plan.source.description.group.empty())
      groups.insert(plan.source.description.group);
  }
  request.groups.assign(groups.begin(), groups.end());
  return request;
}

std::vector<CheckLine> not_started(const Peer& peer, const std::filesystem::path& data_dir) {
  return {CheckLine::ok(peer.server, "embedded: `weir run` starts it, with its data in " + text::in_quotes(data_dir) +
                                         "; not started here")};
}

// The parameters outlive the call.
Task<std::vector<CheckLine>> ask(const std::string& name, const ComponentPlan& plan, const CheckTools& tools,
                                 CheckRequest request) {
  std::vector<CheckLine> lines;
  Metrics metrics;
  BuildScope scope{tools.registry, tools.clock, metrics, {}, tools.data_dir, {}};
  scope.executors.blocking = &tools.blocking;
  BuildContext context = make_build_context(scope, "", name);
  Result<std::shared_ptr<Connection>> made = plan.type->make_connection(plan.config, context);
  if (made.has_error()) {
    lines.push_back(CheckLine::failed("settings", made.error().message(), "mend the connection in the configuration"));
    co_return lines;
  }
  const std::shared_ptr<Connection> connection = *made;
  lines = co_await connection->check(std::move(request));
  co_return lines;
}

}  // namespace

Task<std::vector<CheckedPlace>> check_places(const Topology& topology, const CheckTools& tools) {
  std::vector<CheckedPlace> places;
  const std::vector<Need> needs = needs_of(topology);
  for (const auto& [name, plan] : topology.connections) {
    const std::string& wanted = name;
    const bool is_used = std::ranges::any_of(needs, [&wanted](const Need& need) {
      return need.use.what == Use::What::connection && need.use.name == wanted;
    });
    if (!is_used) continue;
    CheckedPlace place{"connection " + name + " (" + plan.type->name + ")", {}};
    if (plan.description.peer.is_embedded) {
      place.lines = not_started(plan.description.peer, tools.data_dir);
    } else {
      CheckRequest request = request_to(name, topology, needs, tools.patience);
      std::vector<CheckLine> lines = co_await ask(name, plan, tools, std::move(request));
      place.lines = std::move(lines);
    }
    places.push_back(std::move(place));
  }
  CheckedPlace files{"files", check_files(topology, needs, tools.data_dir)};
  if (!files.lines.empty()) places.push_back(std::move(files));
  co_return places;
}

ExitCode check_exit_code(const std::vector<CheckedPlace>& places) {
  for (const CheckedPlace& place : places) {
    if (std::ranges::find(place.lines, CheckLine::State::failed, &CheckLine::state) != place.lines.end())
      return ExitCode::not_found;
  }
  return ExitCode::ok;
}

}  // namespace weir::cli
