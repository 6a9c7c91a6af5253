#include "cli/run/pipeline_run.hpp"

#include "cli/run/admin_port.hpp"
#include "cli/run/guarantees.hpp"
#include "cli/run/summary_file.hpp"
#include "cli/verbs.hpp"
#include "pipeline/base/log.hpp"

#include <cstdlib>
#include <ostream>
#include <set>
#include <string>
#include <utility>

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

// What was said of delivery at the start is said again where a new configuration has something new to say.
class Promises {
 public:
  Promises(const Topology& topology, std::filesystem::path data_dir) : data_dir_(std::move(data_dir)) {
    for (std::string& sentence : sentences_on(topology)) said_.insert(std::move(sentence));
  }
  void tell_news(const Topology& topology) {
    for (std::string& sentence : sentences_on(topology)) {
      if (said_.contains(sentence)) continue;
      log::info("delivery", {{"promise", sentence}});
      said_.insert(std::move(sentence));
    }
  }

 private:
  std::vector<std::string> sentences_on(const Topology& topology) const {
    std::vector<std::string> all = describe_guarantees(topology);
    for (std::string& sentence : describe_embedded(topology, data_dir_)) all.push_back(std::move(sentence));
    return all;
  }

  std::filesystem::path data_dir_;
  std::set<std::string> said_;
};

}  // namespace

ExitCode run_topology(App& app, const RunOptions& options, const std::vector<std::filesystem::path>& files,
                      Prepared prepared, RunVoice& voice, ProcessSignals& signals, Console& console) {
  std::variant<std::unique_ptr<admin::Service>, ExitCode> port = open_admin_port(options.admin, voice, console);
  if (const ExitCode* refused = std::get_if<ExitCode>(&port)) return *refused;
  Topology topology = std::move(*prepared.topology);
  for (const std::string& sentence : describe_guarantees(topology)) voice.guarantee(sentence);
  DataDirHold& data_dir = prepared.data_dir;
  App::Reloads reloads;
  reloads.files = files;
  reloads.environment = console.environment;
  reloads.env_files = options.env_files;
  reloads.look = prepared.look;
  reloads.watch = options.watch;
  reloads.admit = [&data_dir](const Topology& next) {
    return data_dir.take(data_needs_of(next));
  };
  reloads.applied = [promises = Promises(topology, data_dir.directory())](const Topology& next) mutable {
    promises.tell_news(next);
  };
  App::Settings settings;
  settings.data_dir = data_dir.directory();
  settings.workers = options.workers;
  settings.until_idle = options.until_idle;
  settings.leaves_groups = options.leave_group;
  settings.reloads = std::move(reloads);
  settings.companion = std::get<std::unique_ptr<admin::Service>>(port).get();
  const RunOutcome outcome = app.run(std::move(topology), settings, signals, voice);
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
