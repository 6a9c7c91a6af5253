// How a runner takes another graph into use (step 8 of runner.cpp): it asks all lanes, waits for their answers, and gives
// up when one cannot. What a lane does is in lane_switch.cpp.
#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/engine/runner.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace weir {

namespace asio = boost::asio;

// RAII: run() does not return in the midst of such a call.
class Runner::SwitchCall {
 public:
  explicit SwitchCall(Runner& runner) : runner_(runner) { ++runner_.switch_calls_; }
  ~SwitchCall() {
    --runner_.switch_calls_;
    runner_.switching_.clear();
    runner_.changed_.notify_all();
  }
  SwitchCall(const SwitchCall&) = delete;
  SwitchCall& operator=(const SwitchCall&) = delete;

 private:
  Runner& runner_;
};

// --- The three calls.

Task<Result<void>> Runner::prepare(GraphParts next, Duration limit) {
  assert_on(control_);
  std::optional<Error> refusal = why_no_switch(next);
  if (refusal) co_return *refusal;
  const SwitchCall call(*this);
  const TimePoint deadline = clock_.now() + limit;
  co_await wait_for_lanes(deadline);
  if (lanes_running_ == 0) co_return Error(Errc::cancelled, "the pipeline does not run");
  prepared_ = make_graphs(std::move(next));
  ask_to_prepare(deadline);
  while (unanswered_ > 0 && !refusal_) co_await changed_.wait();
  if (!refusal_) co_return Result<void>();
  refusal = refusal_;
  co_await discard_on_lanes();
  co_return *refusal;
}

Task<void> Runner::discard() {
  assert_on(control_);
  if (prepared_.empty() || switch_calls_ > 0) co_return;
  const SwitchCall call(*this);
  co_await discard_on_lanes();
}

Task<SwitchReport> Runner::switch_over(SwitchSettings settings) {
  assert_on(control_);
  switch_report_ = {};
  if (prepared_.empty() || switch_calls_ > 0) co_return switch_report_;
  const SwitchCall call(*this);
  const TimePoint begun = clock_.now();
  switch_report_.switched = true;
  ask_to_switch(std::move(settings));
  while (unanswered_ > 0) co_await changed_.wait();
  if (switch_report_.switched) {
    graphs_ = std::move(prepared_);
    commit_interval_ = graphs_.front()->settings->commit_interval;
  }
  prepared_.clear();
  switch_report_.took = clock_.now() - begun;
  co_return switch_report_;
}

// --- What they are made of.

std::optional<Error> Runner::why_no_switch(const GraphParts& next) const {
  if (stops() || state_ == RunnerState::stopped || state_ == RunnerState::failed)
    return Error(Errc::cancelled, "the pipeline stops");
  if (switch_calls_ > 0 || !prepared_.empty())
    return Error(Errc::already_exists, "another configuration is being taken into use already; wait for it");
  if (next.lanes.size() != lanes_.size())
    return Error(Errc::invalid_argument, "the number of lanes cannot change while the pipeline runs");
  return std::nullopt;
}

Task<void> Runner::wait_for_lanes(TimePoint deadline) {
  const auto may_still_start = [this] {
    return state_ == RunnerState::created || state_ == RunnerState::running;
  };
  while (lanes_running_ == 0 && may_still_start() && clock_.now() < deadline) {
    const Duration left = deadline - clock_.now();
    co_await wait_or_timeout(changed_, clock_, left);
  }
}

Breaker& Runner::breaker_of(const std::string& sink_name) {
  std::unique_ptr<Breaker>& breaker = sink_breakers_[sink_name];
  if (breaker == nullptr) {
    breaker = std::make_unique<Breaker>(pipeline_, "sink '" + sink_name + "'", metrics_.breaker_open(sink_name));
  }
  return *breaker;
}

std::vector<std::shared_ptr<LaneGraph>> Runner::make_graphs(GraphParts parts) {
  const auto settings = std::make_shared<const GraphSettings>(std::move(parts.settings));
  const auto find_breaker = [this](const std::string& name) -> Breaker& {
    return breaker_of(name);
  };
  std::vector<std::shared_ptr<LaneGraph>> graphs;
  for (LaneIndex lane = 0; lane < parts.lanes.size(); ++lane) {
    const LaneGraph* const running = graphs_.empty() ? nullptr : graphs_[lane].get();
    const LaneGraphScope scope{lane, clock_, find_breaker};
    graphs.push_back(make_lane_graph(std::move(parts.lanes[lane]), settings, parts.sink_names, scope, running));
  }
  return graphs;
}

void Runner::ask_to_prepare(TimePoint deadline) {
  refusal_.reset();
  for (LaneIndex i = 0; i < lanes_.size(); ++i) {
    ++unanswered_;
    Lane::Prepared answer = [this](std::optional<Error> failure) {
      asio::post(control_, [this, failure = std::move(failure)]() mutable {
        if (failure && !refusal_) refusal_ = std::move(failure);
        note_answer();
      });
    };
    asio::post(lanes_[i]->executor(),
               [lane = lanes_[i], next = prepared_[i], deadline, answer = std::move(answer)]() mutable {
                 lane->prepare(std::move(next), deadline, std::move(answer));
               });
  }
}

Task<void> Runner::discard_on_lanes() {
  for (const std::shared_ptr<Lane>& lane : lanes_) {
    ++unanswered_;
    asio::post(lane->executor(), [this, lane] { lane->discard([this] { post_answer(); }); });
  }
  while (unanswered_ > 0) co_await changed_.wait();
  prepared_.clear();
}

void Runner::ask_to_switch(SwitchSettings settings) {
  const bool empty_first = settings.sinks_or_routes_changed || !keeps_all_sinks();
  const auto tell = std::make_shared<const std::function<void(std::string)>>(std::move(settings.waiting));
  for (const std::shared_ptr<Lane>& lane : lanes_) {
    ++unanswered_;
    LaneSwitchOrder order;
    order.empty_first = empty_first;
    order.drain = settings.drain;
    order.waits = [this, tell](std::string why) {
      asio::post(control_, [this, tell, why = std::move(why)]() mutable { note_waiting(*tell, std::move(why)); });
    };
    Lane::Switched answer = [this](const SwitchReport& report) {
      asio::post(control_, [this, report] {
        switch_report_.switched &= report.switched;
        switch_report_.found += report.found;
        switch_report_.run_again += report.run_again;
        note_answer();
      });
    };
    asio::post(lane->executor(), [lane, order = std::move(order), answer = std::move(answer)]() mutable {
      lane->switch_over(std::move(order), std::move(answer));
    });
  }
}

void Runner::post_answer() {
  asio::post(control_, [this] { note_answer(); });
}

void Runner::note_answer() {
  --unanswered_;
  changed_.notify_all();
}

// The lanes are all alike.
bool Runner::keeps_all_sinks() const {
  const LaneGraph& now = *graphs_.front();
  const LaneGraph& next = *prepared_.front();
  const auto sink_at = [](const LaneGraph& graph, SinkIndex index) -> const LaneSink* {
    return index < graph.sinks.size() ? graph.sinks[index].sink.get() : nullptr;
  };
  const auto all_in = [](const LaneGraph& graph, const LaneGraph& other) {
    return std::all_of(graph.sinks.begin(), graph.sinks.end(),
                       [&other](const SinkSlot& slot) { return other.has(*slot.sink); });
  };
  return all_in(now, next) && all_in(next, now) &&
         sink_at(now, now.settings->default_sink) == sink_at(next, next.settings->default_sink) &&
         sink_at(now, now.settings->dlq) == sink_at(next, next.settings->dlq);
}

void Runner::note_waiting(const std::function<void(std::string)>& tell, std::string why) {
  if (switch_calls_ == 0) return;  // the last word of a lane that is done
  std::uint64_t held = 0;
  if (switch_log_.allow(to_milliseconds(clock_.now()), &held)) {
    log::warn("the new configuration is not in use yet",
              {{"pipeline", pipeline_}, {"reason", why}, {"suppressed", held}});
  }
  switching_ = why;
  if (tell) tell(std::move(why));
}

// --- Held by a person.

void Runner::pause() {
  assert_on(control_);
  if (std::exchange(paused_, true)) return;
  log::info("paused by request: what is in flight finishes, nothing new is read", {{"pipeline", pipeline_}});
  tell_lanes(&Lane::pause);
}

void Runner::resume() {
  assert_on(control_);
  if (!std::exchange(paused_, false)) return;
  log::info("goes on by request", {{"pipeline", pipeline_}});
  tell_lanes(&Lane::resume);
}

// Whether what is unsettled stays so until resume(): no use in waiting for it.
bool Runner::is_held() const {
  return paused_ && metrics_.inflight_messages.value() == 0;
}

}  // namespace weir
