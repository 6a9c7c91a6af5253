#include "connectors/kafka/source.hpp"

#include "connectors/kafka/group_start.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/base/on_executor.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace weir::connectors::kafka {

namespace asio = boost::asio;

namespace {

constexpr Duration kLongestRevoke = std::chrono::seconds(20);
constexpr Duration kRecoveredAfter = std::chrono::minutes(2);
constexpr Duration kSameReportAgain = std::chrono::seconds(10);
constexpr std::size_t kMostRememberedReports = 256;

// With consumer settings that are kept, a failed member is tried again for ever.
RetryPolicy restart_policy() {
  RetryPolicy policy;
  policy.initial = std::chrono::seconds(1);
  policy.max = std::chrono::seconds(30);
  return policy;
}

}  // namespace

KafkaSource::KafkaSource(KafkaSourceSettings settings, MakeConsumer make_consumer, Clock& clock)
    : settings_(std::move(settings)),
      make_consumer_(std::move(make_consumer)),
      clock_(clock),
      restart_pause_(restart_policy()) {}

KafkaSource::~KafkaSource() = default;

Task<Result<void>> KafkaSource::open(Lanes lanes, SourceEvents& events) {
  assert_on(lanes.control);
  lanes_ = std::move(lanes);
  events_ = &events;
  if (settings_.find_instance_id) {
    Result<std::string> id = settings_.find_instance_id();
    if (id.has_error()) co_return id.error();
    settings_.consumer.instance_id = std::move(*id);
  }
  settings_.consumer.lanes = lanes_.lanes.size();
  for (std::size_t i = 0; i < lanes_.lanes.size(); ++i) readers_.push_back(std::make_unique<LaneReader>());
  client_ = make_consumer_(settings_.consumer);
  Result<void> opened = client_->open(lanes_);
  if (opened.has_error()) co_return opened.error();
  tasks_ = std::make_unique<TaskGroup>(lanes_.control);
  tasks_->spawn("kafka-control", run_control_loop());
  tasks_->spawn("kafka-reminder", run_reminder_loop());
  co_return Result<void>();
}

// The group's and the client's news, one after another: while partitions
// are being given back, nothing else happens to the membership.
Task<void> KafkaSource::run_control_loop() {
  for (;;) {
    ControlEvent event = co_await client_->next_event();
    if (auto* assigned = std::get_if<Assigned>(&event)) {
      Task<void> taken = take_assignment(std::move(assigned->partitions));
      co_await std::move(taken);
    } else if (auto* revoked = std::get_if<Revoked>(&event)) {
      Task<void> given = give_back(std::move(revoked->partitions), revoked->lost);
      co_await std::move(given);
    } else if (auto* trouble = std::get_if<ClientTrouble>(&event)) {
      if (trouble->fatal) {
        Task<void> started = start_again(std::move(trouble->error));
        co_await std::move(started);
      } else {
        report(trouble->error);
        if (trouble->error.code() == Errc::not_found) {
          topics_missing_ = true;
          Task<void> beginning = begin_without_topics();
          co_await std::move(beginning);
        }
      }
    } else if (auto* suspect = std::get_if<Suspect>(&event)) {
      Task<void> looking = look_into(std::move(*suspect));
      co_await std::move(looking);
    } else if (std::holds_alternative<LookForTopics>(event)) {
      Task<void> looking = look_for_topics();
      co_await std::move(looking);
    }
  }
}

Task<void> KafkaSource::take_assignment(std::vector<TopicPartition> partitions) {
  // An eager group never does this; a client that does must not leave two ledgers of one partition alive.
  if (!assigned_.empty()) {
    std::vector<TopicPartition> before = forget_assignment();
    events_->lost(std::move(before));
  }
  Task<Result<std::vector<PlannedStart>>> planning = find_starts(partitions);
  Result<std::vector<PlannedStart>> plans = co_await std::move(planning);
  if (plans.has_error()) {
    Error error = plans.error().with_context("where to begin is not known yet");
    Task<void> again = start_again(std::move(error));
    co_await std::move(again);
    co_return;
  }

  ++epoch_;
  std::vector<PartitionStart> starts;
  std::vector<AssignedPartition> ours;
  for (PlannedStart& plan : *plans) {
    const TopicPartition& id = plan.start.id;
    const LaneIndex lane = static_cast<LaneIndex>(id.partition) % readers_.size();
    auto ledger = std::make_shared<PartitionLedger>(id, epoch_, plan.committed);
    ledger->pass(plan.passed);
    if (!plan.note.empty()) report(Error(Errc::not_found, plan.note));
    if (plan.gone > 0) events_->gone(id, plan.gone);
    readers_[lane]->add(ledger);
    ours.push_back(AssignedPartition{std::move(ledger), lane});
    starts.push_back(std::move(plan.start));
  }
  assigned_ = std::move(partitions);
  events_->assigned(std::move(ours), epoch_);

  Task<Result<void>> assigning = client_->assign(std::move(starts));
  Result<void> assigned = co_await std::move(assigning);
  if (assigned.has_error()) {
    Error error = assigned.error().with_context("the assignment could not be taken");
    Task<void> again = start_again(std::move(error));
    co_await std::move(again);
    co_return;
  }
  settled_ = true;
}

// Nothing is left to the client's own rule: it would jump to an end, or to a beginning, without a word.
Task<Result<std::vector<PlannedStart>>> KafkaSource::find_starts(std::vector<TopicPartition> partitions) {
  if (!begun_ && settings_.consumer.from_latest) {
    Task<Result<void>> beginning = begin_at_latest(*client_, partitions);
    Result<void> begun = co_await std::move(beginning);
    if (begun.has_error()) co_return begun.error();
    begun_ = true;
  }
  StartFacts facts;
  facts.partitions = partitions;
  facts.commit_first = settings_.consumer.from_latest;
  if (!partitions.empty()) {
    Task<Result<std::vector<Offset>>> asking = client_->committed(partitions);
    Result<std::vector<Offset>> committed = co_await std::move(asking);
    if (committed.has_error()) co_return committed.error();
    facts.committed = std::move(*committed);
    forget_what_is_replaced(facts);
    Task<Result<std::vector<OffsetRange>>> asking_ranges = client_->ranges(std::move(partitions));
    Result<std::vector<OffsetRange>> ranges = co_await std::move(asking_ranges);
    if (ranges.has_error()) co_return ranges.error();
    facts.ranges = std::move(*ranges);
  }
  for (const auto& [id, offset] : distrusted_) facts.distrusted.insert(id);
  co_return plan_starts(facts);
}

// Whoever subscribes to nothing that there is gets no assignment, not even an empty one: the group begins without it, and
// a topic that is made now is read from its first record.
Task<void> KafkaSource::begin_without_topics() {
  if (begun_ || !settings_.consumer.from_latest) co_return;
  Task<Result<std::vector<TopicPartition>>> asking = client_->subscribed();
  Result<std::vector<TopicPartition>> all = co_await std::move(asking);
  if (all.has_error()) {
    // It is said once per client.
    Error error = all.error().with_context("whether there is anything to read is not known yet");
    Task<void> again = start_again(std::move(error));
    co_await std::move(again);
    co_return;
  }
  begun_ = all->empty();
}

Task<void> KafkaSource::give_back(std::vector<TopicPartition> partitions, bool lost) {
  settled_ = false;
  last_report_.clear();
  for (const TopicPartition& id : partitions) lane_of(id).hold_back(id);
  if (lost) {
    for (const TopicPartition& id : partitions) {
      const std::shared_ptr<PartitionLedger> ledger = lane_of(id).find(id);
      if (ledger != nullptr) ledger->void_acks();
    }
    events_->lost(partitions);
  } else if (!partitions.empty()) {
    const Duration patience = std::min<Duration>(settings_.consumer.session_timeout / 2, kLongestRevoke);
    const TimePoint deadline = clock_.now() + patience;
    Task<void> draining = events_->revoking(partitions, deadline);
    co_await std::move(draining);
  }
  forget_assignment();
  Task<Result<void>> leaving = client_->unassign();
  Result<void> left = co_await std::move(leaving);
  if (left.has_error()) report(left.error().with_context("partitions could not be given back"));
}

// After a fatal error of the client nothing can be committed any
// more: what was assigned is lost, and the member joins anew.
Task<void> KafkaSource::start_again(Error why) {
  settled_ = false;
  // A member that works for a while has recovered; one that is fenced
  // again at once (two processes with one id) backs off further.
  if (clock_.now() - last_restart_ > kRecoveredAfter) restarts_in_a_row_ = 0;
  for (;;) {
    report(why);
    std::vector<TopicPartition> before = forget_assignment();
    if (!before.empty()) {
      events_->lost(std::move(before));
      Task<Result<void>> leaving = client_->unassign();
      co_await std::move(leaving);
    }
    const Duration pause = restart_pause_.backoff(++restarts_in_a_row_);
    co_await clock_.sleep_for(pause);
    last_restart_ = clock_.now();
    Task<Result<void>> restarting = client_->restart();
    Result<void> restarted = co_await std::move(restarting);
    if (!restarted.has_error()) co_return;
    why = restarted.error().with_context("the consumer could not be made anew");
  }
}

// Voids every ledger and empties the lanes; returns what was assigned.
std::vector<TopicPartition> KafkaSource::forget_assignment() {
  for (const TopicPartition& id : assigned_) {
    const std::shared_ptr<PartitionLedger> ledger = lane_of(id).find(id);
    if (ledger != nullptr) ledger->void_acks();
    lane_of(id).remove(id);
  }
  return std::exchange(assigned_, {});
}

LaneReader& KafkaSource::lane_of(const TopicPartition& id) {
  return *readers_[static_cast<LaneIndex>(id.partition) % readers_.size()];
}

// Draining and returning happen without a suspension between them: a cancelled read has not taken anything.
Task<Result<std::optional<Batch>>> KafkaSource::read(LaneIndex lane) {
  assert_on(lanes_.lanes[lane]);
  LaneReader& reader = *readers_[lane];
  while (!stopped_.load(std::memory_order_acquire)) {
    Batch batch;
    LaneReader::Findings findings = reader.fill(*client_, lane, settings_.batch_messages, batch);
    for (ClientTrouble& trouble : findings.troubles) raise_from_lane(std::move(trouble));
    for (Suspect& suspect : findings.suspects) raise_from_lane(std::move(suspect));
    if (!batch.empty()) co_return std::optional<Batch>(std::move(batch));
    if (findings.drained_anything) continue;
    if (std::optional<Error> blocked = reader.blocked_by()) co_return *std::move(blocked);
    co_await client_->wait_readable(lane);
  }
  co_return std::optional<Batch>();
}

void KafkaSource::raise_from_lane(ControlEvent event) {
  asio::post(lanes_.control, [this, alive = std::weak_ptr<void>(alive_), event = std::move(event)]() mutable {
    if (!alive.expired() && !closed_ && client_ != nullptr) client_->raise(std::move(event));
  });
}

Task<Result<void>> KafkaSource::commit(std::vector<Commit> watermarks) {
  assert_on(lanes_.control);
  std::vector<Commit> ours;
  for (Commit& commit : watermarks) {
    if (commit.offset < 0) continue;
    const std::shared_ptr<PartitionLedger> ledger = lane_of(commit.id).find(commit.id);
    if (ledger == nullptr || ledger->is_void()) continue;
    ours.push_back(std::move(commit));
  }
  if (ours.empty() || client_ == nullptr) co_return Result<void>();
  std::vector<TopicPartition> replaced;
  for (const Commit& commit : ours) {
    if (distrusted_.contains(commit.id)) replaced.push_back(commit.id);
  }
  Task<Result<void>> committing = client_->commit(std::move(ours));
  Result<void> committed = co_await std::move(committing);
  if (!committed.has_error()) {
    for (const TopicPartition& id : replaced) distrusted_.erase(id);
  }
  co_return committed;
}

std::string KafkaSource::waiting_for() const {
  if (client_ == nullptr || client_->cluster_id() == nullptr)
    return "no broker has answered yet" + (last_report_.empty() ? std::string() : ": " + last_report_);
  if (!last_report_.empty()) return last_report_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.consumer.session_timeout);
  return "the broker has been reached; a member that was killed keeps its share until its session times out, after " +
         std::to_string(seconds.count()) + " s";
}

void KafkaSource::stop_reading() {
  assert_on(lanes_.control);
  if (stopped_.exchange(true, std::memory_order_acq_rel) || client_ == nullptr) return;
  for (LaneIndex lane = 0; lane < readers_.size(); ++lane) client_->wake(lane);
}

bool KafkaSource::at_end() const {
  assert_on(lanes_.control);
  if (!settled_) return false;
  return std::ranges::all_of(readers_, [](const std::unique_ptr<LaneReader>& reader) { return reader->at_end(); });
}

std::vector<PartitionEnd> KafkaSource::ends() {
  std::vector<PartitionEnd> ends;
  if (closed_ || client_ == nullptr) return ends;
  const std::vector<Offset> offsets = client_->log_ends(assigned_);
  for (std::size_t i = 0; i < offsets.size(); ++i) ends.push_back({assigned_[i], offsets[i]});
  return ends;
}

void KafkaSource::leave_for_good() {
  leaving_ = Leaving::for_good;
}

Task<void> KafkaSource::close() {
  assert_on(lanes_.control);
  if (closed_) co_return;
  closed_ = true;
  stop_reading();
  if (tasks_ != nullptr) {
    tasks_->cancel();
    co_await tasks_->join();
  }
  forget_assignment();
  if (client_ != nullptr) {
    co_await client_->close(leaving_);
    say_how_it_left();
  }
  // What belongs to an executor goes now: the source itself may be destroyed after the executors are gone.
  client_.reset();
  tasks_.reset();
}

// A dynamic member leaves at every stop; who has chosen an id may wonder where its partitions are.
void KafkaSource::say_how_it_left() const {
  const ConsumerSettings& consumer = settings_.consumer;
  if (consumer.instance_id.empty()) return;
  if (leaving_ == Leaving::for_good) {
    log::info("left the group for good: its other members take over at once",
              {{"group", consumer.group}, {"instance_id", consumer.instance_id}});
    return;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(consumer.session_timeout).count();
  log::info(
      "the group keeps this member's partitions for its restart; SIGINT, or --leave-group, gives them away at once",
      {{"group", consumer.group}, {"instance_id", consumer.instance_id}, {"seconds", seconds}});
}

std::uint64_t KafkaSource::stale_records() const {
  std::uint64_t all = 0;
  for (const std::unique_ptr<LaneReader>& reader : readers_) all += reader->stale_records();
  return all;
}

// A broker that is away says so many times a second; a person wants to hear it now and then.
void KafkaSource::report(const Error& error) {
  assert_on(lanes_.control);
  if (closed_) return;
  last_report_ = error.message();
  const TimePoint now = clock_.now();
  const auto [known, is_new] = reported_.try_emplace(error.message(), now);
  if (!is_new && now - known->second < kSameReportAgain) return;
  known->second = now;
  if (reported_.size() > kMostRememberedReports) reported_.clear();
  events_->report(error);
}

}  // namespace weir::connectors::kafka
