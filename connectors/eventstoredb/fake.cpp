#include "connectors/eventstoredb/fake.hpp"

#include <unordered_map>

namespace weir::connectors::eventstoredb {
namespace {

Error closed_error() {
  return Error(Errc::cancelled, "the fake store is closed");
}

Error away_error() {
  return Error(Errc::unavailable, "the fake store is away");
}

}  // namespace

struct FakeStore::Stream final : KnownEvents {
  StreamState state;
  StreamRevision first_readable = 0;
  std::vector<const RecordedEvent*> events;  // index = revision
  std::unordered_map<Uuid, StreamRevision> recent;

  std::optional<KnownEvent> find(const Uuid& id) const override {
    const auto found = recent.find(id);
    if (found == recent.end()) return std::nullopt;
    return known(found->second);
  }
  std::optional<KnownEvent> at(StreamRevision revision, const Uuid& id) const override {
    if (revision >= events.size() || events[revision]->id != id) return std::nullopt;
    return known(revision);
  }
  KnownEvent known(StreamRevision revision) const {
    const bool readable = state.life == StreamState::Life::live && revision >= first_readable;
    return {revision, readable ? std::optional(events[revision]->position.commit) : std::nullopt};
  }
};

// Counts an append while it is under way.
class FakeStore::UnderWay {
 public:
  UnderWay(FakeStore& store, std::string stream) : store_(store), stream_(std::move(stream)) {
    store_.most_in_flight_ = std::max(store_.most_in_flight_, ++store_.in_flight_);
    if (++store_.per_stream_[stream_] > 1) store_.contended_ = true;
  }
  ~UnderWay() {
    --store_.in_flight_;
    --store_.per_stream_[stream_];
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  FakeStore& store_;
  std::string stream_;
};

FakeStore::FakeStore(Clock& clock, const Executor& executor) : clock_(clock), wake_(executor) {}
FakeStore::~FakeStore() = default;

void FakeStore::cork() {
  corked_ = true;
}

void FakeStore::uncork() {
  corked_ = false;
  wake_.notify_all();
}

void FakeStore::close() {
  closed_ = true;
  wake_.notify_all();
}

void FakeStore::forget_recent_writes() {
  for (auto& [name, stream] : streams_) stream->recent.clear();
}

std::vector<RecordedEvent> FakeStore::stream(const std::string& name) const {
  std::vector<RecordedEvent> result;
  const auto found = streams_.find(name);
  if (found == streams_.end()) return result;
  for (const RecordedEvent* event : found->second->events) result.push_back(*event);
  return result;
}

std::vector<std::string> FakeStore::streams() const {
  std::vector<std::string> result;
  for (const auto& [name, stream] : streams_) {
    if (!stream->events.empty()) result.push_back(name);
  }
  return result;
}

void FakeStore::put(const std::string& stream, const NewEvent& event) {
  store(stream_of(stream), stream, event);
}

FakeStore::Stream& FakeStore::stream_of(const std::string& name) {
  std::unique_ptr<Stream>& place = streams_[name];
  if (place == nullptr) place = std::make_unique<Stream>();
  return *place;
}

void FakeStore::store(Stream& stream, const std::string& name, const NewEvent& event) {
  const std::uint64_t position = 100 * (log_.size() + 1);
  const StreamRevision revision = stream.events.size();
  log_.push_back({event.id,
                  name,
                  revision,
                  {position, position},
                  clock_.wall_now(),
                  std::string(event.type),
                  event.json,
                  std::string(event.data),
                  std::string(event.metadata)});
  stream.events.push_back(&log_.back());
  stream.recent[event.id] = revision;
  stream.state.last = revision;
}

Result<AppendOutcome> FakeStore::decide(const std::string& name, ExpectedRevision expected,
                                        std::span<const NewEvent> events) {
  std::size_t size = 0;
  std::vector<Uuid> ids;
  for (const NewEvent& event : events) {
    size += event.size();
    ids.push_back(event.id);
  }
  if (size > max_append_size_) {
    return Error(Errc::too_large,
                 "the append is larger than the store's limit of " + std::to_string(max_append_size_) + " bytes");
  }
  const auto metadata = streams_.find(metadata_stream_of(name));
  Stream& stream = stream_of(name);
  stream.state.has_metadata = metadata != streams_.end() && metadata->second->state.last.has_value();
  const AppendDecision decision = decide_append(expected, stream.state, ids, stream);

  if (std::holds_alternative<StreamIsDeleted>(decision))
    return Error(Errc::stream_deleted, "stream '" + name + "' is deleted");
  if (const auto* wrong = std::get_if<WrongExpectedVersion>(&decision))
    return AppendOutcome(RevisionConflict{wrong->actual});
  if (const auto* already = std::get_if<AlreadyWritten>(&decision)) {
    Appended answer{already->revision, std::nullopt};
    if (already->position.has_value()) answer.position = LogPosition{*already->position, *already->position};
    return AppendOutcome(answer);
  }
  const WriteEvents& write = std::get<WriteEvents>(decision);
  if (write.undelete) {
    stream.state.life = StreamState::Life::live;
    stream.first_readable = write.first;
  }
  for (const NewEvent& event : events) store(stream, name, event);
  return AppendOutcome(Appended{stream.state.last, log_.back().position});
}

std::optional<FakeStore::Fault> FakeStore::fault_of(std::size_t call) {
  const auto scripted = faults_.find(call);
  if (scripted != faults_.end()) return scripted->second;
  if (choose_fault_) return choose_fault_(calls_[call]);
  return std::nullopt;
}

Task<Result<AppendOutcome>> FakeStore::append(std::string stream, ExpectedRevision expected,
                                              std::span<const NewEvent> events) {
  const std::size_t call = calls_.size();
  AppendCall record{stream, expected, {}, clock_.now()};
  for (const NewEvent& event : events) record.ids.push_back(event.id);
  calls_.push_back(std::move(record));
  const UnderWay counted(*this, stream);

  while (corked_ && !closed_) co_await wake_.wait();
  if (closed_) co_return closed_error();
  const std::optional<Fault> fault = fault_of(call);
  if (fault.has_value() && fault->arrives_after > Duration::zero()) co_await clock_.sleep_for(fault->arrives_after);
  if (away_) {
    co_await clock_.sleep_for(Duration::zero());
    co_return away_error();
  }
  const bool decided =
      !fault.has_value() || fault->applied || (!fault->error && !fault->never_answers && !fault->answer);
  Result<AppendOutcome> result = AppendOutcome(Appended{});
  if (decided) result = decide(stream, expected, events);
  if (fault.has_value() && fault->never_answers) {
    co_await clock_.sleep_for(deadline_);
    co_return Error(Errc::unknown_outcome, "the fake store did not answer in time");
  }
  const Duration delay = fault.has_value() ? fault->delay : Duration::zero();
  co_await clock_.sleep_for(delay);
  if (closed_) co_return closed_error();
  if (fault.has_value() && fault->error.has_value()) co_return *fault->error;
  if (fault.has_value() && fault->answer.has_value()) co_return *fault->answer;
  co_return result;
}

Task<Result<void>> FakeStore::begin_read() {
  const Duration delay = read_error_.has_value() ? read_error_delay_ : Duration::zero();
  co_await clock_.sleep_for(delay);
  if (closed_) co_return closed_error();
  if (away_) co_return away_error();
  if (read_error_.has_value()) co_return *read_error_;
  co_return Result<void>();
}

Task<Result<StreamPage>> FakeStore::read_stream(std::string stream, StreamStart from, ReadDirection direction,
                                                std::uint64_t count) {
  reads_.push_back({stream, count});
  Result<void> begun = co_await begin_read();
  if (begun.has_error()) co_return begun.error();
  StreamPage page;
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second->events.empty()) co_return page;
  const Stream& known = *found->second;
  if (known.state.life == StreamState::Life::tombstoned)
    co_return Error(Errc::stream_deleted, "stream '" + stream + "' is deleted");
  if (known.state.life == StreamState::Life::soft_deleted) co_return page;
  page.exists = true;
  const auto size = static_cast<std::int64_t>(known.events.size());
  const auto first = static_cast<std::int64_t>(known.first_readable);
  const bool forwards = direction == ReadDirection::forwards;
  std::int64_t at = forwards ? first : size - 1;
  if (from.kind == StreamStart::Kind::end) at = forwards ? size : size - 1;
  if (from.kind == StreamStart::Kind::revision)
    at = static_cast<std::int64_t>(std::min<StreamRevision>(from.revision, size));
  if (from.kind == StreamStart::Kind::start) at = first;
  if (forwards) at = std::max(at, first);
  if (!forwards) at = std::min(at, size - 1);
  for (; at >= first && at < size && page.events.size() < count; at += forwards ? 1 : -1) {
    page.events.push_back(*known.events[static_cast<std::size_t>(at)]);
  }
  if (at >= first && at < size) page.next = static_cast<StreamRevision>(at);
  co_return page;
}

Task<Result<AllPage>> FakeStore::read_all(AllStart from, ReadDirection direction, std::uint64_t count) {
  ++reads_of_all_;
  Result<void> begun = co_await begin_read();
  if (begun.has_error()) co_return begun.error();
  AllPage page;
  const bool forwards = direction == ReadDirection::forwards;
  std::vector<const RecordedEvent*> chosen;
  for (const RecordedEvent& event : log_) {
    bool in_range = (from.kind == AllStart::Kind::start) == forwards;
    if (from.kind == AllStart::Kind::position) {
      in_range = forwards ? event.position >= from.position : event.position < from.position;
    }
    if (in_range) chosen.push_back(&event);
  }
  if (!forwards) std::reverse(chosen.begin(), chosen.end());
  for (const RecordedEvent* event : chosen) {
    page.at_end = page.events.size() < count;
    if (!page.at_end) break;
    page.events.push_back(*event);
    page.last = event->position;
  }
  co_return page;
}

Result<void> FakeStore::end_stream(const std::string& name, ExpectedRevision expected, bool for_ever) {
  if (closed_) return closed_error();
  Stream& stream = stream_of(name);
  const AppendDecision decision = decide_append(expected, stream.state, {}, stream);
  if (std::holds_alternative<StreamIsDeleted>(decision))
    return Error(Errc::stream_deleted, "stream '" + name + "' is deleted");
  const bool missing = !stream.state.last.has_value() && !for_ever;
  if (missing || std::holds_alternative<WrongExpectedVersion>(decision)) {
    return Error(Errc::conflict, "stream '" + name + "' is not at the expected revision");
  }
  stream.state.life = for_ever ? StreamState::Life::tombstoned : StreamState::Life::soft_deleted;
  return {};
}

Task<Result<void>> FakeStore::delete_stream(std::string stream, ExpectedRevision expected) {
  co_await clock_.sleep_for(Duration::zero());
  co_return end_stream(stream, expected, false);
}

Task<Result<void>> FakeStore::tombstone_stream(std::string stream, ExpectedRevision expected) {
  co_await clock_.sleep_for(Duration::zero());
  co_return end_stream(stream, expected, true);
}

Task<Result<ServerInfo>> FakeStore::server_info() {
  co_await clock_.sleep_for(Duration::zero());
  if (closed_) co_return closed_error();
  co_return ServerInfo{"23.10.8", true};
}

}  // namespace weir::connectors::eventstoredb
