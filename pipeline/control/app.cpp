#include "pipeline/control/app.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/workers.hpp"
#include "pipeline/control/config_files.hpp"
#include "pipeline/control/config_watch.hpp"
#include "pipeline/control/reloader.hpp"
#include "pipeline/control/supervisor.hpp"

#include <boost/asio/post.hpp>

#include <cerrno>
#include <future>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weir {

namespace {

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

}  // namespace

// Its members in the order in which they lean on each other; destroying them stops the threads first.
struct App::Run {
  Run(const Registry& types, const Settings& settings)
      : registry(types),
        workers(settings.workers),
        supervisor({registry, clock, metrics, workers, settings.data_dir}),
        leaves_groups(settings.leaves_groups) {
    if (settings.reloads) prepare_reloads(*settings.reloads);
    session.emplace(RunSession::Parts{.supervisor = supervisor,
                                      .clock = clock,
                                      .control = workers.control(),
                                      .until_idle = settings.until_idle,
                                      .reloader = reloader ? &*reloader : nullptr,
                                      .watch = watch ? &*watch : nullptr},
                    [this] { end.done(); });
  }
  ~Run() { workers.stop(); }

  void prepare_reloads(const Reloads& reloads);
  RunAccess access() {
    return {workers.control(), clock, metrics, registry, supervisor, reloader ? &*reloader : nullptr};
  }

  // Signals and what the observer wants to see, until the session has ended.
  void attend(ProcessSignals& signals, RunObserver& observer);
  void stop_session(bool for_good);
  void reload();

  const Registry& registry;
  SystemClock clock;
  Metrics metrics;
  Workers workers;
  Supervisor supervisor;
  std::optional<Reloader> reloader;
  std::optional<ConfigWatch> watch;
  EndMark end;
  std::optional<RunSession> session;
  const bool leaves_groups;
  int stops = 0;
  bool drained = false;
};

void App::Run::prepare_reloads(const Reloads& reloads) {
  Blocking& blocking = *workers.executors().blocking;
  reloader.emplace(Reloader::Parts{.supervisor = supervisor,
                                   .registry = registry,
                                   .clock = clock,
                                   .metrics = metrics,
                                   .blocking = blocking,
                                   .control = workers.control(),
                                   .files = reloads.files,
                                   .environment = reloads.environment,
                                   .env_files = reloads.env_files,
                                   .admit = reloads.admit,
                                   .applied = reloads.applied});
  if (!reloads.watch) return;
  watch.emplace(ConfigWatch::Parts{.clock = clock,
                                   .blocking = blocking,
                                   .control = workers.control(),
                                   .files = with_variables(reloads.files, reloads.env_files),
                                   .look = reloads.look});
}

void App::Run::attend(ProcessSignals& signals, RunObserver& observer) {
  while (true) {
    const std::optional<Duration> interval = observer.interval();
    const std::optional<ProcessSignals::Event> event = signals.wait(interval, end.descriptor());
    if (event == ProcessSignals::Event::input_closed) return;
    if (event == ProcessSignals::Event::reload) {
      reload();
    } else if (event == ProcessSignals::Event::stop) {
      stop_session(leaves_groups || signals.interrupted());
    }
    if (interval) observer.observe(ask(workers.control(), [this] { return supervisor.summary(); }), clock.now());
  }
}

void App::Run::reload() {
  if (!ask(workers.control(), [this] { return session->reload("SIGHUP"); }))
    log::warn("SIGHUP: this program was not told which files to read again; nothing is changed");
}

void App::Run::stop_session(bool for_good) {
  log::info(++stops == 1 ? "stopping: what is in flight is finished and committed; a second signal aborts"
                         : "aborting: what is unfinished is read again at the next start");
  ask(workers.control(), [this, for_good] {
    if (for_good) supervisor.leave_for_good();
    session->stop();
  });
}

App::App() : registry_(std::make_unique<Registry>()) {}

App::~App() {
  close();
}

// Threads that could not be stopped would be joined for ever, and what they use must stay.
void App::close() {
  if (run_ == nullptr || run_->drained) return run_.reset();
  static_cast<void>(run_.release());
  static_cast<void>(registry_.release());
}

std::optional<Topology> App::load(const std::vector<std::filesystem::path>& files, const Environment& environment,
                                  config::Diagnostics& findings) const {
  Topology topology = load_topology(files, *registry_, environment, findings);
  if (findings.has_errors()) return std::nullopt;
  return topology;
}

RunOutcome App::run(Topology topology, const Settings& settings, ProcessSignals& signals, RunObserver& observer) {
  run_ = std::make_unique<Run>(*registry_, settings);
  run_->workers.start();
  if (settings.companion != nullptr) settings.companion->started(run_->access());
  run_->session->start(std::move(topology));
  run_->attend(signals, observer);
  RunOutcome outcome = ask(run_->workers.control(), [this] { return run_->session->outcome(); });
  run_->drained = outcome.drained;
  if (settings.companion != nullptr && outcome.drained) settings.companion->ended();
  return outcome;
}

}  // namespace weir
