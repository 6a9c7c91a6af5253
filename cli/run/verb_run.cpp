#include "cli/components.hpp"
#include "cli/run/guarantees.hpp"
#include "cli/run/pipeline_run.hpp"
#include "cli/run/preparation.hpp"
#include "cli/verbs.hpp"

#include <utility>

namespace weir::cli {

ExitCode run_pipelines(const RunOptions& options, Console& console) {
  ProcessSignals signals;
  RunVoice voice(options, console.err_traits);
  App app;
  register_components(app.registry(), [&voice](const std::string& kind, const std::string& address) {
    voice.embedded_started(kind, address);
  });
  std::variant<Prepared, ExitCode> prepared = prepare(options.files, options, false, app, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&prepared)) return *refused;
  Prepared& ready = std::get<Prepared>(prepared);
  for (const std::string& sentence : describe_embedded(*ready.topology, ready.data_dir.directory()))
    voice.warn(sentence);
  return run_topology(app, options, options.files, std::move(ready), voice, signals, console);
}

}  // namespace weir::cli
