#include "cli/run/pipeline_run.hpp"

#include "cli/run/guarantees.hpp"
#include "cli/run/lint_report.hpp"
#include "cli/run/summary_file.hpp"
#include "cli/verbs.hpp"
#include "pipeline/control/run_session.hpp"

#include <boost/asio/post.hpp>

#include <cstdlib>
#include <future>
#include <ostream>
#include <unistd.h>

namespace weir::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRefresh = 250ms;

// A descriptor that becomes readable, with nothing to read, when done() is called.
class EndMark {
 public:
  EndMark() {
    if (::pipe(ends_) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  }
  ~EndMark() {
    ::close(ends_[0]);
    done();
  }
  EndMark(const EndMark&) = delete;
  EndMark& operator=(const EndMark&) = delete;
  int descriptor() const { return ends_[0]; }
  void done() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }

 private:
  int ends_[2] = {-1, -1};
};

// Runs `question` on the control thread and waits for its answer.
template <class F>
auto ask(const Executor& control, F question) {
  std::packaged_task<std::invoke_result_t<F>()> task(std::move(question));
  auto answer = task.get_future();
  boost::asio::post(control, std::move(task));
  return answer.get();
}

Duration longest_drain(const Topology& topology) {
  Duration longest{};
  for (const PipelinePlan& pipeline : topology.pipelines) longest = std::max(longest, pipeline.settings.drain_timeout);
  return longest;
}

// Signals and live figures, until the session has ended.
void attend(RunSession& session, Supervisor& supervisor, const Executor& control, Clock& clock, ProcessSignals& signals,
            const EndMark& end, RunVoice& voice) {
  int stops = 0;
  while (true) {
    const std::optional<Duration> limit = voice.live() ? std::optional<Duration>(kRefresh) : std::nullopt;
    const std::optional<ProcessSignals::Event> event = signals.wait(limit, end.descriptor());
    if (event == ProcessSignals::Event::input_closed) return;
    if (event == ProcessSignals::Event::reload) {
      log::warn("SIGHUP: reloading a configuration comes with a later version; stop weir and start it again");
    } else if (event == ProcessSignals::Event::stop) {
      log::info(++stops == 1 ? "stopping: what is in flight is finished and committed; a second signal aborts"
                             : "aborting: what is unfinished is read again at the next start");
      ask(control, [&session] { session.stop(); });
    }
    if (voice.live()) voice.show(ask(control, [&supervisor] { return supervisor.summary(); }), clock.now());
  }
}

ExitCode judge(const RunOutcome& outcome, const Console& console) {
  if (outcome.refused) {
    console.error(outcome.refused->message());
    return exit_code_of(*outcome.refused);
  }
  if (outcome.failure) console.error(outcome.failure->message());
  if (!outcome.drained)
    console.error("not everything stopped in time; what is unfinished is read again at the next start");
  return outcome.failure || !outcome.drained || outcome.aborted ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

std::optional<Topology> load_checked(const std::vector<std::filesystem::path>& files, const Registry& registry,
                                     Console& console) {
  config::Diagnostics findings;
  Topology topology = load_topology(files, registry, console.environment, findings);
  if (!findings.all().empty()) console.err << render_findings(findings, files.size(), console.err_traits.colours);
  if (findings.has_errors()) return std::nullopt;
  return topology;
}

ExitCode run_topology(const RunOptions& options, Topology topology, const std::filesystem::path& data_dir,
                      const Registry& registry, RunVoice& voice, ProcessSignals& signals, Console& console) {
  for (const std::string& sentence : describe_guarantees(topology)) voice.guarantee(sentence);
  SystemClock clock;
  Metrics metrics;
  Workers workers(options.workers);
  Supervisor supervisor({registry, clock, metrics, workers, data_dir});
  EndMark end;
  RunSession session(supervisor, clock, workers.control(), {options.until_idle, longest_drain(topology)},
                     [&end] { end.done(); });
  workers.start();
  session.start(std::move(topology));
  attend(session, supervisor, workers.control(), clock, signals, end, voice);
  while (!ask(workers.control(), [&session] { return session.ended(); })) {
  }
  const RunOutcome& outcome = session.outcome();
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
  workers.stop();
  return code;
}

}  // namespace weir::cli
