#include "pipeline/testing/memory_source.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace weir::testing {

namespace asio = boost::asio;

Offset MemoryLog::append(const std::string& topic, Partition partition, std::string key, std::string payload,
                         std::vector<std::pair<std::string, std::string>> headers, Offset hole) {
  const std::lock_guard lock(mutex_);
  auto record = std::make_shared<Record>();
  record->id = {topic, partition};
  std::vector<RecordPtr>& records = records_[record->id];
  record->offset = (records.empty() ? 0 : records.back()->offset + 1) + hole;
  record->key = std::move(key);
  record->payload = std::move(payload);
  record->header_text = std::move(headers);
  for (const auto& [name, value] : record->header_text) record->headers.push_back({name, value});
  record->timestamp_ms = 1767225600000 + record->offset;
  records.push_back(record);
  return record->offset;
}

MemoryLog::RecordPtr MemoryLog::at(const TopicPartition& id, Offset offset) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(id);
  if (found == records_.end()) return nullptr;
  const auto record = std::lower_bound(found->second.begin(), found->second.end(), offset,
                                       [](const RecordPtr& r, Offset wanted) { return r->offset < wanted; });
  return record == found->second.end() ? nullptr : *record;
}

Offset MemoryLog::end(const TopicPartition& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(id);
  return found == records_.end() || found->second.empty() ? 0 : found->second.back()->offset + 1;
}

std::vector<TopicPartition> MemoryLog::partitions() const {
  const std::lock_guard lock(mutex_);
  std::vector<TopicPartition> ids;
  for (const auto& [id, records] : records_) ids.push_back(id);
  return ids;
}

Offset MemoryLog::committed(const TopicPartition& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = committed_.find(id);
  return found == committed_.end() ? -1 : found->second;
}

void MemoryLog::commit(const Commit& commit) {
  const std::lock_guard lock(mutex_);
  committed_[commit.id] = commit.offset;
  commits_.push_back(commit);
}

std::vector<Commit> MemoryLog::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

MemorySource::MemorySource(std::shared_ptr<MemoryLog> log, Settings settings)
    : log_(std::move(log)), settings_(settings) {}
MemorySource::~MemorySource() = default;

Task<Result<void>> MemorySource::open(Lanes lanes, SourceEvents& events) {
  events_ = &events;
  for (const Executor& lane : lanes.lanes) lanes_.push_back(std::make_shared<LaneState>(lane));
  if (settings_.assign_at_open) assign(log_->partitions());
  co_return Result<void>();
}

Task<Result<std::optional<Batch>>> MemorySource::read(LaneIndex lane) {
  const std::shared_ptr<LaneState> state = lanes_[lane];
  for (;;) {
    bool ended = false;
    {
      const std::lock_guard lock(mutex_);
      if (failing_reads_ > 0) {
        --failing_reads_;
        co_return read_error_;
      }
      ended = stopped_;
    }
    std::optional<Batch> batch;
    if (!ended) batch = take(lane);
    if (batch) co_return std::move(batch);
    {
      const std::lock_guard lock(mutex_);
      ended = stopped_ || (settings_.finite && settled_ && everything_read());
    }
    if (ended) co_return std::optional<Batch>();
    co_await state->changed.wait();
  }
}

std::vector<PartitionEnd> MemorySource::ends() {
  const std::lock_guard lock(mutex_);
  std::vector<PartitionEnd> ends;
  for (const auto& [id, assigned] : assigned_) ends.push_back({id, log_->end(id)});
  return ends;
}

std::optional<Batch> MemorySource::take(LaneIndex lane) {
  const std::lock_guard lock(mutex_);
  Batch batch;
  for (bool found = true; found && batch.size() < settings_.batch_messages;) {
    found = false;
    for (auto& [id, assigned] : assigned_) {  // one of each in turn, so that batches mix partitions
      if (assigned.lane != lane || assigned.held || batch.size() >= settings_.batch_messages) continue;
      const MemoryLog::RecordPtr record = log_->at(id, assigned.next);
      if (record == nullptr) continue;
      add_to(batch, assigned, record);
      found = true;
    }
  }
  if (batch.empty()) return std::nullopt;
  ++batches_read_;
  return batch;
}

void MemorySource::add_to(Batch& batch, Assigned& assigned, const MemoryLog::RecordPtr& record) {
  batch.keep_alive(assigned.ledger);
  batch.keep_alive(record);
  Message& message = batch.messages().emplace_back();
  message.payload = record->payload;
  message.key = record->key;
  message.headers = record->headers;
  message.origin = Origin{"memory", record->id.topic, record->id.partition, record->offset, record->timestamp_ms};
  message.ack = assigned.ledger->deliver(record->offset, record->timestamp_ms);
  assigned.next = record->offset + 1;
  batch.add_pinned_bytes(record->payload.size() + record->key.size());
}

Task<Result<void>> MemorySource::commit(std::vector<Commit> watermarks) {
  {
    const std::lock_guard lock(mutex_);
    if (failing_commits_ > 0) {
      --failing_commits_;
      co_return commit_error_;
    }
  }
  most_commits_ = std::max(most_commits_, ++commits_now_);
  if (commit_clock_ != nullptr) co_await commit_clock_->sleep_for(commit_delay_);
  --commits_now_;
  for (const Commit& commit : watermarks) {
    if (on_commit) on_commit(commit);
    log_->commit(commit);
  }
  co_return Result<void>();
}

void MemorySource::stop_reading() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  notify();
}

bool MemorySource::everything_read() const {
  return std::all_of(assigned_.begin(), assigned_.end(),
                     [this](const auto& entry) { return log_->at(entry.first, entry.second.next) == nullptr; });
}

bool MemorySource::at_end() const {
  const std::lock_guard lock(mutex_);
  return settled_ && everything_read();
}

void MemorySource::leave_for_good() {
  if (on_leave_for_good) on_leave_for_good();
}

Task<void> MemorySource::close() {
  stop_reading();
  co_return;
}

void MemorySource::assign(std::vector<TopicPartition> partitions) {
  std::vector<AssignedPartition> told;
  {
    const std::lock_guard lock(mutex_);
    ++epoch_;
    for (const TopicPartition& id : partitions) {
      const Offset committed = log_->committed(id);
      Assigned assigned;
      assigned.ledger = std::make_shared<PartitionLedger>(id, epoch_, committed);
      assigned.lane = static_cast<LaneIndex>(id.partition) % lanes_.size();
      assigned.next = std::max<Offset>(committed, 0);
      assigned.held = true;  // until the runner has been told
      told.push_back({assigned.ledger, assigned.lane});
      assigned_[id] = std::move(assigned);
    }
  }
  events_->assigned(std::move(told), epoch_);
  {
    const std::lock_guard lock(mutex_);
    for (const TopicPartition& id : partitions) assigned_[id].held = false;
    settled_ = true;
  }
  notify();
}

Task<void> MemorySource::revoke(std::vector<TopicPartition> partitions, TimePoint deadline) {
  {
    const std::lock_guard lock(mutex_);
    for (const TopicPartition& id : partitions) {
      const auto found = assigned_.find(id);
      if (found != assigned_.end()) found->second.held = true;
    }
  }
  co_await events_->revoking(partitions, deadline);
  drop_partitions(partitions);
}

void MemorySource::lose(std::vector<TopicPartition> partitions) {
  drop_partitions(partitions);
  events_->lost(std::move(partitions));
}

void MemorySource::drop_partitions(const std::vector<TopicPartition>& partitions) {
  const std::lock_guard lock(mutex_);
  for (const TopicPartition& id : partitions) assigned_.erase(id);
}

std::vector<TopicPartition> MemorySource::assigned() const {
  const std::lock_guard lock(mutex_);
  std::vector<TopicPartition> ids;
  for (const auto& [id, assigned] : assigned_) ids.push_back(id);
  return ids;
}

void MemorySource::notify() {
  for (const std::shared_ptr<LaneState>& lane : lanes_)
    asio::post(lane->executor, [lane] { lane->changed.notify_all(); });
}

void MemorySource::fail_reads(std::size_t n, Error error) {
  const std::lock_guard lock(mutex_);
  failing_reads_ = n;
  read_error_ = std::move(error);
}

void MemorySource::fail_commits(std::size_t n, Error error) {
  const std::lock_guard lock(mutex_);
  failing_commits_ = n;
  commit_error_ = std::move(error);
}

void MemorySource::slow_commits(Clock& clock, Duration delay) {
  commit_clock_ = &clock;
  commit_delay_ = delay;
}

std::size_t MemorySource::most_commits_at_once() const {
  return most_commits_;
}

std::size_t MemorySource::batches_read() const {
  const std::lock_guard lock(mutex_);
  return batches_read_;
}

}  // namespace weir::testing
