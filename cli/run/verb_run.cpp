#include "cli/components.hpp"
#include "cli/run/data_dir.hpp"
#include "cli/run/pipeline_run.hpp"
#include "cli/run/summary_file.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/config_files.hpp"

namespace weir::cli {

ExitCode run_pipelines(const RunOptions& options, Console& console) {
  ProcessSignals signals;
  const Result<std::vector<std::filesystem::path>> files = find_config_files(options.files);
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  RunVoice voice(options, console.err_traits);
  Registry registry;
  register_components(registry, [&voice](const std::string& kind, const std::string& address) {
    voice.embedded_started(kind, address);
  });
  std::optional<Topology> topology = load_checked(*files, registry, console);
  if (!topology) return ExitCode::configuration;
  if (const Result<void> checked = check_summary_target(options.summary); !checked) {
    console.error(checked.error().message());
    return ExitCode::in_use;
  }
  const Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  if (!data_dir) {
    console.error(data_dir.error().message());
    return ExitCode::in_use;
  }
  const Result<DataDirLock> lock = DataDirLock::acquire(*data_dir);
  if (!lock) {
    console.error(lock.error().message());
    return ExitCode::in_use;
  }
  return run_topology(options, std::move(*topology), lock->path(), registry, voice, signals, console);
}

}  // namespace weir::cli
