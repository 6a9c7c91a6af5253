// What a runner does besides moving messages: partitions that
// come and go, start, stop, status. The rest is in runner.cpp.
#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/engine/runner.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace weir {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr Duration kWatchInterval = 50ms;
constexpr Duration kLongWait = 10s;
constexpr Duration kSettlePoll = 5ms;
constexpr Duration kReportBlockersEvery = 3s;
constexpr Duration kLeastCommitTime = 1s;
constexpr Duration kLastCommitTime = 30s;  // when a finite source has ended by itself: nobody set a deadline

}  // namespace

std::string_view to_string(RunnerState state) {
  switch (state) {
    case RunnerState::created:
      return "created";
    case RunnerState::running:
      return "running";
    case RunnerState::draining:
      return "draining";
    case RunnerState::stopped:
      return "stopped";
    case RunnerState::failed:
      return "failed";
  }
  return "failed";
}

Runner::Runner(RunnerParts parts)
    : pipeline_(parts.pipeline),
      control_(parts.control),
      clock_(*parts.clock),
      metrics_(*parts.metrics, parts.pipeline),
      source_(std::move(parts.source)),
      source_breaker_(pipeline_, "source", metrics_.breaker_open("source")),
      stage_breaker_(pipeline_, "stages", metrics_.breaker_open("stages")),
      dead_letter_breaker_(pipeline_, "dead letters", metrics_.breaker_open("dead letters")),
      scope_{.pipeline = pipeline_,
             .clock = clock_,
             .metrics = metrics_,
             .source = *source_,
             .source_breaker = source_breaker_,
             .stage_breaker = stage_breaker_,
             .dead_letter_breaker = dead_letter_breaker_,
             .backlog = backlog_,
             .ended = {}},
      commit_interval_(parts.graph.settings.commit_interval),
      changed_(control_),
      stop_(control_),
      loops_(control_),
      monitor_(control_) {
  // Lanes speak to the runner by posting; the last post of a lane says that it has ended, so the runner is there for
  // all of them.
  scope_.ended = [this](LaneIndex lane, std::optional<Error> failure) {
    asio::post(control_,
               [this, lane, failure = std::move(failure)]() mutable { lane_ended(lane, std::move(failure)); });
  };
  graphs_ = make_graphs(std::move(parts.graph));
  for (LaneIndex i = 0; i < parts.lanes.size(); ++i) {
    lanes_.push_back(std::make_shared<Lane>(i, std::move(parts.lanes[i]), graphs_[i], scope_));
  }
}

Runner::~Runner() = default;

Task<Result<void>> Runner::run() {
  assert_on(control_);
  started_at_ = clock_.now();
  if (stop_.draining() || stop_.aborting()) {  // stopped before it was started
    state_ = RunnerState::stopped;
    ended_at_ = started_at_;
    changed_.notify_all();
    while (switch_calls_ > 0) co_await changed_.wait();
    co_return Result<void>();
  }
  state_ = RunnerState::running;
  Source::Lanes executors;
  executors.control = control_;
  for (const std::shared_ptr<Lane>& lane : lanes_) executors.lanes.push_back(lane->executor());
  Result<void> opened = co_await source_->open(std::move(executors), *this);
  if (opened.has_error()) {
    failure_ = opened.error().with_context("opening the source");
  } else {
    start_lanes();
    loops_.spawn("commit", run_commit_loop());
    loops_.spawn("stop", run_stop_loop());
    loops_.spawn("watch", run_watch_loop());
    monitor_.spawn("monitor", monitor_loops());
    while (lanes_running_ > 0) co_await changed_.wait();
    loops_.cancel();
    co_await monitor_.join();
    try {
      co_await last_commit(nullptr, time_for_last_commit());
    } catch (const std::exception& bug) {
      note_bug(bug);
    }
  }
  log_unwritten();
  co_await source_->close();
  while (voiding_ > 0) co_await changed_.wait();
  ended_at_ = clock_.now();
  state_ = failure_ ? RunnerState::failed : RunnerState::stopped;
  changed_.notify_all();
  while (switch_calls_ > 0) co_await changed_.wait();
  if (failure_) {
    log::error("the pipeline failed",
               {{"pipeline", pipeline_}, {"error_class", to_string(failure_->code())}, {"error", failure_->message()}});
    co_return *failure_;
  }
  co_return Result<void>();
}

// A loop of the runner that fails is a bug. The lanes must not go on without it, for nobody could stop them.
Task<void> Runner::monitor_loops() {
  try {
    co_await loops_.join();
  } catch (const std::exception& bug) {
    note_bug(bug);
    source_->stop_reading();
    stop_.abort();
    tell_lanes(&Lane::abort);
  }
}

void Runner::note_bug(const std::exception& bug) {
  if (!failure_) failure_ = Error(Errc::internal, std::string("a bug: ") + bug.what());
}

Duration Runner::time_for_last_commit() const {
  if (stop_.draining()) return std::max(stop_.deadline() - clock_.now(), kLeastCommitTime);
  return stop_.aborting() ? kLeastCommitTime : kLastCommitTime;
}

void Runner::start_lanes() {
  lane_running_.assign(lanes_.size(), true);
  lanes_running_ = lanes_.size();
  tell_lanes(&Lane::start);
  changed_.notify_all();
}

void Runner::tell_lanes(void (Lane::*what)()) {
  for (const std::shared_ptr<Lane>& lane : lanes_)
    asio::post(lane->executor(), [lane, what] { (lane.get()->*what)(); });
}

// A lane voids its own ledgers, so that nothing becomes void in the middle of what it does.
void Runner::void_on_lanes(const std::vector<AssignedPartition>& partitions) {
  for (LaneIndex i = 0; i < lanes_.size(); ++i) {
    std::vector<std::shared_ptr<PartitionLedger>> ledgers;
    for (const AssignedPartition& partition : partitions) {
      if (partition.lane == i) ledgers.push_back(partition.ledger);
    }
    if (ledgers.empty()) continue;
    ++voiding_;
    asio::post(lanes_[i]->executor(), [this, lane = lanes_[i], ledgers = std::move(ledgers)] {
      lane->take_away(ledgers);
      asio::post(control_, [this] {
        --voiding_;
        changed_.notify_all();
      });
    });
  }
}

void Runner::lane_ended(LaneIndex lane, std::optional<Error> failure) {
  assert_on(control_);
  lane_running_[lane] = false;
  --lanes_running_;
  if (failure) {
    if (!failure_) failure_ = std::move(failure);
    stop_.abort();  // one lane cannot do without the others: its partitions would stand still unseen
  }
  changed_.notify_all();
}

// --- Partitions come and go. All called by the source.

void Runner::assigned(std::vector<AssignedPartition> partitions, AssignmentEpoch epoch) {
  assert_on(control_);
  void_on_lanes(book_.assigned(partitions));  // a partition that came back unannounced has left a ledger behind
  without_assignment_since_.reset();
  log::info("partitions assigned", {{"pipeline", pipeline_}, {"partitions", partitions.size()}, {"epoch", epoch}});
}

Task<void> Runner::revoking(std::vector<TopicPartition> partitions, TimePoint deadline) {
  assert_on(control_);
  const TimePoint begun = clock_.now();
  // A tenth of the time is kept for the commit.
  const TimePoint settle_until = deadline - (deadline - begun) / 10;
  while (book_.unsettled(partitions) > 0 && clock_.now() < settle_until && !stop_.aborting() && !is_held()) {
    co_await clock_.sleep_for(kSettlePoll);
  }
  const std::uint64_t left = book_.unsettled(partitions);
  co_await last_commit(&partitions, std::max(deadline - clock_.now(), kLeastCommitTime));
  void_on_lanes(book_.take_away(partitions));
  while (voiding_ > 0) co_await changed_.wait();
  without_assignment_since_ = clock_.now();
  log::info("partitions revoked", {{"pipeline", pipeline_}, {"partitions", partitions.size()}, {"unsettled", left}});
}

void Runner::lost(std::vector<TopicPartition> partitions) {
  assert_on(control_);
  const std::uint64_t left = book_.unsettled(partitions);
  void_on_lanes(book_.take_away(partitions));
  without_assignment_since_ = clock_.now();
  log::warn("partitions lost: nothing of them can be committed any more",
            {{"pipeline", pipeline_}, {"partitions", partitions.size()}, {"unsettled", left}});
}

void Runner::gone(const TopicPartition& id, std::uint64_t records) {
  assert_on(control_);
  metrics_.gone.add(records);
  log::warn("records are gone unread",
            {{"pipeline", pipeline_}, {"topic", id.topic}, {"partition", id.partition}, {"records", records}});
}

void Runner::report(const Error& error) {
  assert_on(control_);
  last_source_error_ = error.message();
  std::uint64_t held = 0;
  const std::int64_t now = to_milliseconds(clock_.now());
  if (!source_log_.allow(now, &held)) return;
  log::warn("source", {{"pipeline", pipeline_},
                       {"error_class", to_string(error.code())},
                       {"error", error.message()},
                       {"suppressed", held}});
}

// A commit that must not keep anyone waiting longer than `limit`.
Task<void> Runner::last_commit(const std::vector<TopicPartition>* only, Duration limit) {
  Error late(Errc::unknown_outcome, "committing offsets took too long; what was not committed is read again");
  Task<Result<void>> committing = commit(only);
  Result<void> committed = co_await with_timeout<void>(clock_, limit, std::move(committing), std::move(late));
  if (committed.has_error()) report(committed.error());
}

// --- Stop.

void Runner::drain(TimePoint deadline) {
  assert_on(control_);
  stop_.drain(deadline);
}
void Runner::abort() {
  assert_on(control_);
  stop_.abort();
}
void Runner::leave_for_good() {
  assert_on(control_);
  source_->leave_for_good();
}

// Runs until it is cancelled, when the lanes have ended.
Task<void> Runner::run_stop_loop() {
  co_await stop_.wait();
  const TimePoint asked = clock_.now();
  if (state_ == RunnerState::running) state_ = RunnerState::draining;
  source_->stop_reading();
  stop_talking();
  tell_lanes(&Lane::drain);
  while (!stop_.aborting()) {
    const Duration patience = StopSignal::abort_at(asked, stop_.deadline()) - clock_.now();
    if (patience <= Duration::zero()) break;
    co_await wait_or_timeout(stop_.changed(), clock_, std::min(patience, kReportBlockersEvery));
    if (clock_.now() - asked >= kReportBlockersEvery) log_blockers();
  }
  stop_.abort();
  log_blockers();
  tell_lanes(&Lane::abort);
  for (;;) {
    co_await clock_.sleep_for(kReportBlockersEvery);
    log_blockers();
  }
}

// A breaker that is let go now says nothing about its sink.
void Runner::stop_talking() {
  source_breaker_.stop_talking();
  stage_breaker_.stop_talking();
  dead_letter_breaker_.stop_talking();
  for (const auto& [name, breaker] : sink_breakers_) breaker->stop_talking();
}

void Runner::log_unwritten() const {
  const std::uint64_t left = book_.unsettled();
  if (left == 0) return;
  log::warn("not everything was finished; what is left is read again at the next start",
            {{"pipeline", pipeline_}, {"messages", left}});
}

void Runner::log_blockers() {
  for (LaneIndex i = 0; i < lanes_.size(); ++i) {
    if (!lane_running_[i]) continue;
    asio::post(lanes_[i]->executor(), [lane = lanes_[i]] { lane->report_blockers(); });
  }
}

// --- Status.

// Looks now and then at what nobody tells.
Task<void> Runner::run_watch_loop() {
  if (!without_assignment_since_ && book_.status().empty())
    without_assignment_since_ = started_at_;  // as it seems: the group was only just asked
  for (;;) {
    log_waiting();
    backlog_.store(!source_->at_end(), std::memory_order_relaxed);
    metrics_.leaked_acks.set(static_cast<std::int64_t>(book_.leaked()));
    if (!idle_now()) {
      idle_since_.reset();
    } else if (!idle_since_) {
      idle_since_ = clock_.now();
    }
    co_await clock_.sleep_for(kWatchInterval);
  }
}

// A group may take its time: silence would look like a hang.
bool Runner::waits_for_group() const {
  if (state_ != RunnerState::running || !without_assignment_since_ || stop_.draining()) return false;
  return clock_.now() - *without_assignment_since_ >= kLongWait;
}

void Runner::log_waiting() {
  if (!waits_for_group()) return;
  const Duration waited = clock_.now() - *without_assignment_since_;
  std::uint64_t held = 0;
  const std::int64_t now = to_milliseconds(clock_.now());
  if (!waiting_log_.allow(now, &held)) return;
  log::warn("still waiting for the group to assign partitions",
            {{"pipeline", pipeline_},
             {"seconds", std::chrono::duration_cast<std::chrono::seconds>(waited).count()},
             {"reason", source_->waiting_for()}});
}

bool Runner::idle_now() {
  const std::uint64_t consumed = metrics_.consumed.value();
  const bool quiet = consumed == std::exchange(seen_consumed_, consumed);
  if (!quiet || book_.unsettled() > 0) {
    if (!first_activity_) first_activity_ = clock_.now();
    last_activity_ = clock_.now();
    return false;
  }
  return source_->at_end();
}

Duration Runner::idle_for() const {
  return idle_since_ ? clock_.now() - *idle_since_ : Duration::zero();
}

void Runner::add_ends(std::vector<PartitionStatus>& partitions) const {
  if (state_ != RunnerState::running && state_ != RunnerState::draining) return;
  for (const PartitionEnd& known : source_->ends()) {
    const auto place = std::ranges::lower_bound(partitions, known.id, {}, &PartitionStatus::id);
    if (place != partitions.end() && place->id == known.id) place->end = known.end;
  }
}

RunnerStatus Runner::status() const {
  assert_on(control_);
  RunnerStatus status;
  status.state = state_;
  bool any_paused = false;
  const auto add = [&](const Breaker& breaker) {
    if (auto reason = breaker.reason()) status.paused.push_back(std::move(*reason));
    any_paused |= breaker.state() == Breaker::State::paused;
  };
  add(source_breaker_);
  add(stage_breaker_);
  for (const auto& [name, breaker] : sink_breakers_) add(*breaker);
  add(dead_letter_breaker_);
  status.paused_by_request = paused_;
  if (paused_) status.paused.push_back("paused by request");
  status.switching = switching_;
  any_paused |= paused_;
  if (waits_for_group()) {
    const std::string why = source_->waiting_for();
    status.paused.push_back("source: no partitions are assigned" + (why.empty() ? why : ": " + why));
  }
  status.only_waits = !status.paused.empty() && !any_paused;
  if (failure_) status.failure = failure_->message();
  status.last_source_error = last_source_error_;
  status.assigned = !without_assignment_since_;
  if (!status.assigned && state_ == RunnerState::running) status.waiting_for = source_->waiting_for();
  status.partitions = book_.status();
  add_ends(status.partitions);
  status.unsettled = book_.unsettled();
  status.leaked_acks = book_.leaked();
  status.at_end = state_ == RunnerState::running && source_->at_end();
  if (state_ != RunnerState::created) status.seconds = (ended_at_ ? *ended_at_ : clock_.now()) - started_at_;
  if (first_activity_) status.active = last_activity_ - *first_activity_;
  return status;
}

}  // namespace weir
