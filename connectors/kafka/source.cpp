#include "connectors/kafka/source.hpp"

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

std::string name_of(const TopicPartition& id) {
  return "topic '" + id.topic + "', partition " + std::to_string(id.partition);
}

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
      }
    }
  }
}

Task<void> KafkaSource::take_assignment(std::vector<TopicPartition> partitions) {
  // An eager group never does this; a client that does must not leave two ledgers of one partition alive.
  if (!assigned_.empty()) {
    std::vector<TopicPartition> before = forget_assignment();
    events_->lost(std::move(before));
  }
  Task<Result<std::vector<PartitionStart>>> asking = client_->committed(partitions);
  Result<std::vector<PartitionStart>> committed = co_await std::move(asking);
  std::vector<PartitionStart> starts = starts_of(partitions, std::move(committed));

  ++epoch_;
  std::vector<AssignedPartition> ours;
  for (const PartitionStart& start : starts) {
    const LaneIndex lane = static_cast<LaneIndex>(start.id.partition) % readers_.size();
    auto ledger = std::make_shared<PartitionLedger>(start.id, epoch_, std::max(start.offset, kUnknownOffset));
    readers_[lane]->add(ledger);
    ours.push_back(AssignedPartition{std::move(ledger), lane});
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

// Where each partition begins. An unknown committed offset is no obstacle: the client then asks for it by itself.
std::vector<PartitionStart> KafkaSource::starts_of(const std::vector<TopicPartition>& partitions,
                                                   Result<std::vector<PartitionStart>> committed) {
  std::vector<PartitionStart> starts;
  for (const TopicPartition& id : partitions) {
    // A committed offset that is not believed must not be asked for by the client either.
    const bool went_back = went_back_.erase(id) > 0;
    starts.push_back(PartitionStart{id, went_back ? kFromBeginning : kUnknownOffset});
  }
  if (committed.has_error()) {
    report(committed.error().with_context("the group's committed offsets are not known yet"));
    return starts;
  }
  for (PartitionStart& start : starts) {
    if (start.offset == kFromBeginning) continue;
    for (const PartitionStart& known : *committed) {
      if (known.id == start.id) start.offset = known.offset;
    }
  }
  return starts;
}

Task<void> KafkaSource::give_back(std::vector<TopicPartition> partitions, bool lost) {
  settled_ = false;
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
    if (!before.empty()) events_->lost(std::move(before));
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
    for (ClientTrouble& trouble : findings.troubles) {
      Error error = std::move(trouble.error);
      asio::post(lanes_.control, [this, alive = std::weak_ptr<void>(alive_), error = std::move(error)] {
        if (!alive.expired()) report(error);
      });
    }
    for (TopicPartition& back : findings.went_back) {
      asio::post(lanes_.control, [this, alive = std::weak_ptr<void>(alive_), id = std::move(back)] {
        if (!alive.expired()) on_went_back(id);
      });
    }
    if (!batch.empty()) co_return std::optional<Batch>(std::move(batch));
    if (findings.drained_anything) continue;
    co_await client_->wait_readable(lane);
  }
  co_return std::optional<Batch>();
}

void KafkaSource::on_went_back(TopicPartition id) {
  assert_on(lanes_.control);
  if (closed_ || !went_back_.insert(id).second) return;
  Error error(
      Errc::not_found,
      name_of(id) +
          ": the broker sends offsets below what was read already: the topic was deleted and made anew, or its log "
          "was cut. Its committed offset is given up and it is read again from the first record that the broker has");
  client_->raise(ClientTrouble{std::move(error), true});
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
  Task<Result<void>> committing = client_->commit(std::move(ours));
  Result<void> committed = co_await std::move(committing);
  co_return committed;
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
  if (client_ != nullptr) co_await client_->close();
  // What belongs to an executor goes now: the source itself may be destroyed after the executors are gone.
  client_.reset();
  tasks_.reset();
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
  const TimePoint now = clock_.now();
  const auto [known, is_new] = reported_.try_emplace(error.message(), now);
  if (!is_new && now - known->second < kSameReportAgain) return;
  known->second = now;
  if (reported_.size() > kMostRememberedReports) reported_.clear();
  events_->report(error);
}

}  // namespace weir::connectors::kafka
