#include "pipeline/admin/service.hpp"

#include "pipeline/topology/normal_form.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <utility>

namespace weir::admin {

namespace asio = boost::asio;

// The questions under way, on the control executor but for the constructor. Shared with what was posted there.
struct Service::Questions : std::enable_shared_from_this<Questions> {
  explicit Questions(RunAccess a) : access(std::move(a)), reloads(std::in_place, access.control) {}

  template <class F>
  void post(F work) {
    asio::post(access.control, std::move(work));
  }

  Result<void> pause(const std::string& pipeline, bool pause) {
    Runner* const runner = access.supervisor.find_runner(pipeline);
    if (runner == nullptr) return Error(Errc::not_found, "no pipeline of that name runs");
    const RunnerState state = runner->state();
    if (state != RunnerState::running && state != RunnerState::created)
      return Error(Errc::conflict, "the pipeline is " + std::string(to_string(state)));
    pause ? runner->pause() : runner->resume();
    return {};
  }

  // As `weir echo --defaults` shows it (I10).
  std::string config() const { return to_yaml_document(normal_form(access.supervisor.plan(), access.registry, true)); }

  Task<void> reload(std::string trigger, Answer<ReloadOutcome> answer) {
    ReloadOutcome outcome = co_await access.reloader->reload(std::move(trigger));
    answer(std::move(outcome));
  }

  ReloadOutcome no_reload(std::string trigger) const {
    ReloadOutcome outcome;
    outcome.kind = ReloadOutcome::Kind::refused;
    outcome.trigger = std::move(trigger);
    outcome.at = access.clock.wall_now();
    outcome.error = Error(Errc::unsupported, "this program was started without files to read again");
    return outcome;
  }

  void start_reload(std::string trigger, Answer<ReloadOutcome> answer) {
    if (access.reloader == nullptr || ending) return answer(no_reload(std::move(trigger)));
    reloads->spawn("reload for the admin port", reload(std::move(trigger), std::move(answer)));
  }

  ReloadState reload_state() const {
    if (access.reloader == nullptr) return {};
    return {access.reloader->busy(), access.reloader->waiting_for(), access.reloader->last()};
  }

  // The Reloader has been stopped: whoever waited for it has an answer. What was posted before this is done.
  void end(const std::shared_ptr<std::promise<void>>& done) {
    ending = true;
    if (!reloads->empty()) return post([self = shared_from_this(), done] { self->end(done); });
    reloads.reset();  // here, while its executor is alive
    done->set_value();
  }

  RunAccess access;
  std::optional<TaskGroup> reloads;
  bool ending = false;
};

Service::Service(Port::Options options, Identity identity, std::string version_json)
    : port_(std::move(options)), identity_(std::move(identity)), version_json_(std::move(version_json)) {}

Service::~Service() = default;

void Service::started(RunAccess access) {
  Clock& clock = access.clock;
  Metrics& metrics = access.metrics;
  questions_ = std::make_shared<Questions>(std::move(access));
  const std::shared_ptr<Questions> questions = questions_;
  Actions actions;
  actions.summary = [questions](Answer<Summary> answer) {
    questions->post([questions, answer = std::move(answer)] { answer(questions->access.supervisor.summary()); });
  };
  actions.config = [questions](Answer<std::string> answer) {
    questions->post([questions, answer = std::move(answer)] { answer(questions->config()); });
  };
  actions.pause = [questions](std::string pipeline, bool pause, Answer<Result<void>> answer) {
    questions->post([questions, pipeline = std::move(pipeline), pause, answer = std::move(answer)] {
      answer(questions->pause(pipeline, pause));
    });
  };
  actions.reload = [questions](std::string trigger, Answer<ReloadOutcome> answer) {
    questions->post([questions, trigger = std::move(trigger), answer = std::move(answer)]() mutable {
      questions->start_reload(std::move(trigger), std::move(answer));
    });
  };
  actions.reload_state = [questions](Answer<ReloadState> answer) {
    questions->post([questions, answer = std::move(answer)] { answer(questions->reload_state()); });
  };
  port_.start({clock, metrics, std::move(actions), std::move(identity_), std::move(version_json_)});
}

void Service::ended() {
  port_.stop();
  const std::shared_ptr<Questions> questions = std::exchange(questions_, nullptr);
  if (questions == nullptr) return;
  // Shared: it is still in use over there when the wait is over.
  const auto done = std::make_shared<std::promise<void>>();
  questions->post([questions, done] { questions->end(done); });
  done->get_future().wait();
}

}  // namespace weir::admin
