#include "connectors/kafka/fake_state.hpp"

#include <algorithm>
#include <utility>

namespace weir::connectors::kafka {

FakeConsumer::FakeConsumer(std::shared_ptr<FakeKafka::State> state, ConsumerSettings settings, std::string host)
    : state_(std::move(state)),
      settings_(std::move(settings)),
      host_(std::move(host)),
      events_changed_(state_->executor) {}

FakeConsumer::~FakeConsumer() {
  if (!std::exchange(gone_, true)) {  // without a word
    if (state_->has_clock) {
      state_->groups.vanish(*this);
    } else {
      state_->groups.leave(*this, Leaving::for_a_restart);
    }
  }
  std::erase(state_->consumers, this);
}

Result<void> FakeConsumer::open(const Source::Lanes& lanes) {
  for (const Executor& executor : lanes.lanes) lanes_.push_back(std::make_unique<Lane>(executor));
  state_->consumers.push_back(this);
  FakeGroup& group = state_->groups.of(settings_.group);
  group.latest = this;
  ++group.opened;
  if (state_->away) {
    send(ClientTrouble{Error(Errc::unavailable, "no broker can be reached"), false});
  } else if (state_->assigning) {
    join();
  }
  return Result<void>();
}

void FakeConsumer::join() {
  if (member_id_.empty() && !gone_) state_->groups.join(*this);
}

void FakeConsumer::kill() {
  if (gone_) return;
  state_->groups.vanish(*this);
  gone_ = true;
}

void FakeConsumer::set_membership(std::string member_id, int generation) {
  member_id_ = std::move(member_id);
  generation_ = generation;
  thrown_out_ = false;
}

void FakeConsumer::send(ControlEvent event) {
  if (const auto* assigned = std::get_if<Assigned>(&event)) has_assignment_ = !assigned->partitions.empty();
  events_.push_back(std::move(event));
  events_changed_.notify_all();
}

void FakeConsumer::send_revoked(std::vector<TopicPartition> partitions, bool lost) {
  has_assignment_ = false;
  giving_back_ = true;
  send(Revoked{std::move(partitions), lost});
}

Task<ControlEvent> FakeConsumer::next_event() {
  while (events_.empty()) co_await events_changed_.wait();
  ControlEvent event = std::move(events_.front());
  events_.pop_front();
  co_return event;
}

void FakeConsumer::raise(ControlEvent event) {
  send(std::move(event));
}

Task<Result<std::vector<Offset>>> FakeConsumer::committed(std::vector<TopicPartition> partitions) {
  if (state_->away) co_return Error(Errc::unavailable, "no broker can be reached");
  const auto& known = state_->groups.of(settings_.group).committed;
  std::vector<Offset> offsets;
  for (const TopicPartition& id : partitions) {
    const auto found = known.find(id);
    offsets.push_back(found == known.end() ? kUnknownOffset : found->second);
  }
  co_return offsets;
}

Task<Result<std::vector<OffsetRange>>> FakeConsumer::ranges(std::vector<TopicPartition> partitions) {
  if (state_->away) co_return Error(Errc::unavailable, "no broker can be reached");
  if (const auto meanwhile = std::exchange(state_->during_next_ranges, nullptr)) meanwhile();
  std::vector<OffsetRange> ranges;
  for (const TopicPartition& id : partitions) {
    OffsetRange& range = ranges.emplace_back();
    const FakeKafka::State::PartitionLog* const log = state_->log(id.topic, id.partition);
    if (log == nullptr) {
      range.trouble = "it is not there";
    } else {
      range.start = log->start;
      range.end = log->stable_end();
    }
  }
  co_return ranges;
}

std::vector<Offset> FakeConsumer::log_ends(const std::vector<TopicPartition>& partitions) {
  std::vector<Offset> ends;
  for (const TopicPartition& id : partitions) {
    const FakeKafka::State::PartitionLog* const log = state_->away ? nullptr : state_->log(id.topic, id.partition);
    ends.push_back(log == nullptr ? kUnknownOffset : log->stable_end());
  }
  return ends;
}

Task<Result<std::vector<TopicPartition>>> FakeConsumer::subscribed() {
  if (state_->away) co_return Error(Errc::unavailable, "no broker can be reached");
  co_return state_->partitions_of(settings_.topics);
}

Task<Result<void>> FakeConsumer::assign(std::vector<PartitionStart> partitions) {
  for (const std::unique_ptr<Lane>& lane : lanes_) lane->positions.clear();
  for (const PartitionStart& start : partitions) {
    Lane& lane = *lanes_[static_cast<LaneIndex>(start.id.partition) % lanes_.size()];
    const FakeKafka::State::PartitionLog* const log = state_->log(start.id.topic, start.id.partition);
    const Offset oldest = log == nullptr ? 0 : log->start;
    lane.positions[start.id] = Position{start.offset == kFromBeginning ? oldest : start.offset};
  }
  wake_all();
  co_return Result<void>();
}

Task<Result<void>> FakeConsumer::unassign() {
  for (const std::unique_ptr<Lane>& lane : lanes_) lane->positions.clear();
  has_assignment_ = false;
  giving_back_ = false;
  if (!gone_) state_->groups.given_back(*this);
  co_return Result<void>();
}

Task<Result<void>> FakeConsumer::commit(std::vector<Commit> offsets) {
  const int generation = generation_;  // under which it is sent
  while (state_->commits_corked) co_await state_->commits_uncorked.wait();
  if (state_->away) co_return Error(Errc::unavailable, "no broker can be reached");
  if (state_->commit_failure.strikes()) co_return state_->commit_failure.error;
  Result<void> allowed = state_->groups.may_commit(*this, generation);
  if (allowed.has_error()) co_return allowed;
  for (const Commit& commit : offsets) state_->groups.of(settings_.group).committed[commit.id] = commit.offset;
  state_->commit_log.push_back({settings_.group, std::move(offsets)});
  co_return Result<void>();
}

void FakeConsumer::drain(LaneIndex index, std::size_t max, std::pmr::memory_resource& memory, Drained& out) {
  out.clear();
  Lane& lane = *lanes_[index];
  auto owned = std::make_shared<Owned>();
  for (; !lane.stale.empty() && out.records.size() < max; lane.stale.pop_front()) {
    add(lane.stale.front().first, lane.stale.front().second, memory, *owned, out);
  }
  if (!state_->away) {
    for (auto& [id, position] : lane.positions) fetch(id, position, max, memory, *owned, out);
  }
  out.owner = std::move(owned);
}

// As a broker and librdkafka do together: what cannot be served is told once, and nothing more of it is fetched.
void FakeConsumer::fetch(const TopicPartition& id, Position& position, std::size_t max,
                         std::pmr::memory_resource& memory, Owned& owned, Drained& out) {
  if (position.stopped) return;
  const auto stop = [&](Suspect::Why why, Offset offset, std::string text) {
    position.stopped = true;
    out.obstacles.push_back(Obstacle{out.records.size(), Suspect{why, id, offset, kUnknownOffset, std::move(text)}});
  };
  const FakeKafka::State::PartitionLog* const log = state_->log(id.topic, id.partition);
  if (log == nullptr) return stop(Suspect::Why::topic_is_gone, kUnknownOffset, id.topic + " does not exist");
  if (position.next < log->start || position.next > log->end)
    return stop(Suspect::Why::out_of_range, position.next, "offset out of range");
  const auto by_offset = [](const std::shared_ptr<const FakeRecord>& record, Offset offset) {
    return record->offset < offset;
  };
  auto next = std::lower_bound(log->records.begin(), log->records.end(), position.next, by_offset);
  const Offset stable = log->stable_end();
  const auto is_visible = [&] {
    return next != log->records.end() && (log->open_since < 0 || (*next)->offset < stable);
  };
  for (; is_visible() && out.records.size() < max; ++next) {
    if (log->corrupt.contains((*next)->offset))
      return stop(Suspect::Why::damaged, (*next)->offset, "it failed its checksum");
    add(id, *next, memory, owned, out);
    out.records.back().log_end = log->end;
    position.next = (*next)->offset + 1;
  }
  if (is_visible() || position.end_told == stable) return;
  position.next = std::max(position.next, stable);
  position.end_told = stable;
  out.ends.push_back(EndMark{id.topic, id.partition, out.records.size(), position.next});
}

void FakeConsumer::add(const TopicPartition& id, const std::shared_ptr<const FakeRecord>& record,
                       std::pmr::memory_resource& memory, Owned& owned, Drained& out) {
  const auto view = [](const std::optional<std::string>& text) {
    return text.has_value() ? std::string_view(*text) : std::string_view();
  };
  RawRecord& raw = out.records.emplace_back();
  raw.payload = view(record->payload);
  raw.key = view(record->key);
  if (!record->headers.empty()) {
    auto* const list = static_cast<Header*>(memory.allocate(record->headers.size() * sizeof(Header), alignof(Header)));
    for (std::size_t i = 0; i < record->headers.size(); ++i) {
      std::construct_at(list + i, Header{record->headers[i].first, view(record->headers[i].second)});
    }
    raw.headers = {list, record->headers.size()};
  }
  raw.topic = id.topic;
  raw.partition = id.partition;
  raw.offset = record->offset;
  raw.timestamp_ms = record->timestamp_ms;
  raw.timestamp_kind = record->timestamp_kind;
  out.bytes += raw.payload.size() + raw.key.size();
  owned.push_back(record);
}

Task<void> FakeConsumer::wait_readable(LaneIndex index) {
  Lane& lane = *lanes_[index];
  while (!lane.readable) co_await lane.changed.wait();
  lane.readable = false;
}

void FakeConsumer::wake(LaneIndex index) {
  lanes_[index]->readable = true;
  lanes_[index]->changed.notify_all();
}

void FakeConsumer::wake_all() {
  for (LaneIndex lane = 0; lane < lanes_.size(); ++lane) wake(lane);
}

Task<Result<void>> FakeConsumer::restart() {
  for (const std::unique_ptr<Lane>& lane : lanes_) lane->positions.clear();
  events_.clear();
  has_assignment_ = false;
  giving_back_ = false;
  FakeGroup& group = state_->groups.of(settings_.group);
  ++group.opened;
  gone_ = true;  // the member that it was
  state_->groups.leave(*this, Leaving::for_a_restart);
  gone_ = false;
  set_membership({}, 0);
  group.latest = this;
  if (state_->assigning && !state_->away) join();
  co_return Result<void>();
}

std::shared_ptr<const std::string> FakeConsumer::cluster_id() const {
  static const auto id = std::make_shared<const std::string>("fake-cluster");
  return id;
}

Task<void> FakeConsumer::close(Leaving leaving) {
  for (const std::unique_ptr<Lane>& lane : lanes_) lane->positions.clear();
  state_->groups.of(settings_.group).left = leaving;
  if (std::exchange(gone_, true)) co_return;
  state_->groups.leave(*this, leaving);
  std::erase(state_->consumers, this);
}

void FakeConsumer::add_stale(const TopicPartition& id, std::shared_ptr<const FakeRecord> record) {
  const LaneIndex lane = static_cast<LaneIndex>(id.partition) % lanes_.size();
  lanes_[lane]->stale.emplace_back(id, std::move(record));
  wake(lane);
}

std::vector<TopicPartition> FakeConsumer::fetching() const {
  std::vector<TopicPartition> all;
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    for (const auto& [id, position] : lane->positions) all.push_back(id);
  }
  std::ranges::sort(all);
  return all;
}

void FakeProducer::produce(const OutRecord& out, const Executor& executor, DeliveryHandler done) {
  FakeKafka::State::Report report{executor, std::move(done), Offset{0}};
  const auto topic = state_->topics.find(out.topic);
  if (state_->away) {
    report.result = Error(Errc::unavailable, "no broker can be reached");
  } else if (topic == state_->topics.end()) {
    report.result = Error(Errc::not_found, "topic '" + std::string(out.topic) + "' does not exist");
  } else {
    const bool fails = state_->delivery_failure.strikes();
    if (!fails || state_->delivery_failure.stored) {
      const auto copy = [](std::string_view text) {
        return text.data() == nullptr ? std::optional<std::string>() : std::optional<std::string>(text);
      };
      FakeRecord record{copy(out.payload), copy(out.key), {}, out.timestamp_ms, 0};
      for (const Header& header : out.headers)
        record.headers.emplace_back(std::string(header.name), copy(header.value));
      const auto count = static_cast<Partition>(topic->second.size());
      Partition partition = out.partition;
      if (partition == kAnyPartition)
        partition =
            record.key ? FakeKafka::partition_for(*record.key, count) : static_cast<Partition>(without_key_++ % count);
      report.result = state_->append(topic->first, partition, std::move(record));
    }
    if (fails) report.result = state_->delivery_failure.error;
  }
  state_->tell(std::move(report));
}

}  // namespace weir::connectors::kafka
