#include "pipeline/cli/components.hpp"
#include "pipeline/cli/config_files.hpp"
#include "pipeline/cli/connect_hints.hpp"
#include "pipeline/cli/data_dir.hpp"
#include "pipeline/cli/guarantees.hpp"
#include "pipeline/cli/lint_report.hpp"
#include "pipeline/cli/process_signals.hpp"
#include "pipeline/cli/run_display.hpp"
#include "pipeline/cli/run_session.hpp"
#include "pipeline/cli/summary_file.hpp"
#include "pipeline/cli/verbs.hpp"

#include <boost/asio/post.hpp>

#include <cstdlib>
#include <future>
#include <ostream>
#include <unistd.h>

namespace weir::cli {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRefresh = 250ms;

// What `run` says while it runs: to a person, or as log lines.
class Voice {
 public:
  Voice(const RunOptions& options, const Console& console)
      : quiet_(options.quiet),
        text_(options.log_format == LogFormat::text ||
              (options.log_format == LogFormat::automatic && console.err_traits.interactive)),
        live_(text_ && !quiet_ && console.err_traits.interactive),
        traits_(console.err_traits) {
    log::configure(options.log_level, text_ ? log::Format::text : log::Format::json);
    if (live_) log::redirect([this](std::string_view line) { display_.print_above(line); });
  }
  ~Voice() { end(); }
  Voice(const Voice&) = delete;
  Voice& operator=(const Voice&) = delete;

  bool live() const { return live_; }

  void guarantee(const std::string& sentence) {
    if (quiet_) return;
    text_ ? display_.print_above(sentence) : log::info("delivery guarantee", {{"guarantee", sentence}});
  }
  // Any thread.
  void embedded_started(const std::string& kind, const std::string& address) {
    if (quiet_) return;
    if (text_) {
      display_.print_above("embedded " + kind + " on " + address + "\n" + describe_store_access(address));
    } else {
      log::info("embedded server", {{"kind", kind}, {"address", address}});
    }
  }
  void show(const Summary& summary, TimePoint now) {
    display_.show(figures_.lines(summary, now, traits_.width, traits_.colours));
  }
  // The live lines go; what is logged from now on goes straight to standard error.
  void end() {
    if (live_) log::redirect({});
    display_.clear();
    live_ = false;
  }
  void conclude(const RunOutcome& outcome) {
    end();
    if (quiet_) return;
    if (text_) {
      write_to(STDERR_FILENO, describe_end(outcome.summary, traits_.colours));
      return;
    }
    for (const PipelineSummary& pipeline : outcome.summary.pipelines) {
      log::info("pipeline ended", {{"pipeline", pipeline.name},
                                   {"state", pipeline.state},
                                   {"consumed", pipeline.consumed},
                                   {"written", pipeline.written},
                                   {"duplicates", pipeline.duplicates},
                                   {"dropped", pipeline.dropped_in_all()},
                                   {"dead_lettered", pipeline.dead_lettered}});
    }
  }

 private:
  const bool quiet_;
  const bool text_;
  bool live_;
  const TerminalTraits traits_;
  LiveDisplay display_{[](std::string_view text) {
    write_to(STDERR_FILENO, text);
  }};
  RunDisplay figures_;
};

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
  for (const PipelinePlan& pipeline : topology.pipelines) longest = std::max(longest, pipeline.drain_timeout);
  return longest;
}

// Signals and live figures, until the session has ended.
void attend(RunSession& session, Supervisor& supervisor, const Executor& control, Clock& clock, ProcessSignals& signals,
            const EndMark& end, Voice& voice) {
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

// Everything that was checked before anything is started.
struct Prepared {
  Topology topology;
  DataDirLock lock;
};

// Runs what was prepared. Does not return when something cannot be stopped.
ExitCode run_prepared(const RunOptions& options, Prepared prepared, const Registry& registry, Voice& voice,
                      ProcessSignals& signals, Console& console) {
  SystemClock clock;
  Metrics metrics;
  Workers workers(options.workers);
  Supervisor supervisor({registry, clock, metrics, workers, prepared.lock.path()});
  EndMark end;
  RunSession session(supervisor, clock, workers.control(), {options.until_idle, longest_drain(prepared.topology)},
                     [&end] { end.done(); });
  workers.start();
  session.start(std::move(prepared.topology));
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

}  // namespace

ExitCode run_pipelines(const RunOptions& options, Console& console) {
  ProcessSignals signals;
  const Result<std::vector<std::filesystem::path>> files = find_config_files(options.files);
  if (!files) {
    console.error(files.error().message());
    return ExitCode::not_found;
  }
  Voice voice(options, console);
  Registry registry;
  register_components(registry, [&voice](const std::string& kind, const std::string& address) {
    voice.embedded_started(kind, address);
  });
  config::Diagnostics findings;
  Topology topology = load_topology(*files, registry, console.environment, findings);
  if (!findings.all().empty()) console.err << render_findings(findings, files->size(), console.err_traits.colours);
  if (findings.has_errors()) return ExitCode::configuration;
  if (const Result<void> checked = check_summary_target(options.summary); !checked) {
    console.error(checked.error().message());
    return ExitCode::in_use;
  }
  const Result<std::filesystem::path> data_dir = resolve_data_dir(options.data_dir, console.environment);
  if (!data_dir) {
    console.error(data_dir.error().message());
    return ExitCode::in_use;
  }
  Result<DataDirLock> lock = DataDirLock::acquire(*data_dir);
  if (!lock) {
    console.error(lock.error().message());
    return ExitCode::in_use;
  }
  for (const std::string& sentence : describe_guarantees(topology)) voice.guarantee(sentence);
  Prepared prepared{std::move(topology), std::move(*lock)};
  return run_prepared(options, std::move(prepared), registry, voice, signals, console);
}

}  // namespace weir::cli
