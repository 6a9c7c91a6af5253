#include "cli/components.hpp"
#include "cli/run/guarantees.hpp"
#include "cli/run/pipeline_run.hpp"
#include "cli/run/preparation.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/config_files.hpp"

#include <utility>

namespace weir::cli {

ExitCode run_pipelines(const RunOptions& options, Console& console) {
  ProcessSignals signals;
  const Result<std::vector<std::filesystem::path>> files = find_config_files(options.files);
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  RunVoice voice(options, console.err_traits);
  App app;
  register_components(app.registry(), [&voice](const std::string& kind, const std::string& address) {
    voice.embedded_started(kind, address);
  });
  std::variant<Prepared, ExitCode> prepared = prepare(*files, options, false, app, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&prepared)) return *refused;
  auto& [topology, data_dir, held] = std::get<Prepared>(prepared);
  for (const std::string& sentence : describe_embedded(*topology, data_dir)) voice.warn(sentence);
  return run_topology(app, options, std::move(*topology), data_dir, voice, signals, console);
}

}  // namespace weir::cli
