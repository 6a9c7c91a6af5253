#include "cli/components.hpp"
#include "cli/inspect/configuration.hpp"
#include "cli/inspect/explanation.hpp"
#include "cli/inspect/paragraphs.hpp"
#include "cli/verbs.hpp"

#include <ostream>
#include <thread>

namespace weir::cli {

ExitCode explain_configuration(const ExplainOptions& options, Console& console) {
  Registry registry;
  register_components(registry);
  const std::variant<Topology, ExitCode> read =
      read_configuration(options.files, options.env_files, options.pipeline, registry, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&read)) return *refused;
  std::vector<PipelineExplanation> pipelines;
  for (const PipelinePlan& plan : std::get<Topology>(read).pipelines)
    pipelines.push_back(explain(plan, std::thread::hardware_concurrency()));
  console.out << (options.json ? render_explanations_json(pipelines)
                               : render_explanations(pipelines, prose_width(console.out_traits.width),
                                                     console.out_traits.colours));
  return ExitCode::ok;
}

}  // namespace weir::cli
