#include "cli/run/pipeline_run.hpp"

#include "cli/run/guarantees.hpp"
#include "cli/run/summary_file.hpp"
#include "cli/verbs.hpp"

#include <cstdlib>
#include <ostream>

namespace weir::cli {

namespace {

ExitCode judge(const RunOutcome& outcome, const Console& console) {
  if (outcome.refused) {
    console.error(outcome.refused->message());
    return exit_code_of(*outcome.refused);
  }
  if (outcome.failure) console.error(outcome.failure->message());
  if (!outcome.drained)
    console.error("not everything stopped in time; what is unfinished is read again at the next start");
  if (outcome.failure) return exit_code_of_run(*outcome.failure);
  return !outcome.drained || outcome.aborted ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

ExitCode run_topology(App& app, const RunOptions& options, Topology topology, const std::filesystem::path& data_dir,
                      RunVoice& voice, ProcessSignals& signals, Console& console) {
  for (const std::string& sentence : describe_guarantees(topology)) voice.guarantee(sentence);
  const RunOutcome outcome = app.run(
      std::move(topology), {data_dir, options.workers, options.until_idle, options.leave_group}, signals, voice);
  voice.conclude(outcome);
  ExitCode code = judge(outcome, console);
  if (!options.summary.empty() && !outcome.refused) {
    const Result<void> written = write_summary(options.summary, render_json(outcome.summary), console.out);
    if (!written) {
      console.error(written.error().message());
      if (code == ExitCode::ok) code = ExitCode::failed;
    }
  }
  if (!outcome.drained) {
    console.out.flush();
    std::_Exit(static_cast<int>(code));
  }
  app.close();
  return code;
}

}  // namespace weir::cli
