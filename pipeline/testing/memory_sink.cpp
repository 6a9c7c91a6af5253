#include "pipeline/testing/memory_sink.hpp"

namespace weir::testing {

namespace {

constexpr Duration kCorkPoll = std::chrono::milliseconds(10);
constexpr Duration kForEver = std::chrono::hours(24 * 365 * 50);

Error reason_of(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::reject:
      return Error(Errc::data, "the store refuses this event (scripted)");
    case Outcome::Kind::too_large:
      return Error(Errc::too_large, "the event is too large (scripted)");
    case Outcome::Kind::forbid:
      return Error(Errc::permission_denied, "the user may not write there (scripted)");
    case Outcome::Kind::full:
      return Error(Errc::io, "the disk is full (scripted)");
    default:
      return Error(Errc::unavailable, "the store is not available (scripted)");
  }
}

}  // namespace

std::string id_of(const Message& message) {
  return std::string(message.origin.topic) + "/" + std::to_string(message.origin.partition) + "/" +
         std::to_string(message.origin.offset);
}

void MemoryStore::set_script(std::function<Outcome(const Append&)> script) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

void MemoryStore::cork(bool corked) {
  const std::lock_guard lock(mutex_);
  corked_ = corked;
}

bool MemoryStore::corked() const {
  const std::lock_guard lock(mutex_);
  return corked_;
}

void MemoryStore::set_reads(Reads reads) {
  const std::lock_guard lock(mutex_);
  reads_ = reads;
}

MemoryStore::Reads MemoryStore::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

std::vector<MemoryStore::Event> MemoryStore::stream(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(name);
  return found == streams_.end() ? std::vector<Event>() : found->second;
}

std::vector<std::string> MemoryStore::streams() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, events] : streams_) names.push_back(name);
  return names;
}

bool MemoryStore::holds(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return ids_.contains(id);
}

std::size_t MemoryStore::events() const {
  const std::lock_guard lock(mutex_);
  return ids_.size();
}

std::size_t MemoryStore::appends() const {
  const std::lock_guard lock(mutex_);
  return appends_;
}

std::size_t MemoryStore::rewritten() const {
  const std::lock_guard lock(mutex_);
  return rewritten_;
}

Outcome MemoryStore::decide(Append& append) {
  const std::lock_guard lock(mutex_);
  append.number = ++appends_;
  return script_ ? script_(append) : Outcome{};
}

std::vector<Verdict> MemoryStore::write(const Append& append, std::size_t first_n) {
  const std::lock_guard lock(mutex_);
  std::vector<Verdict> verdicts;
  for (std::size_t i = 0; i < first_n; ++i) {
    const Event& event = append.events[i];
    if (ids_.insert(event.id).second) {
      streams_[append.stream].push_back(event);
      verdicts.push_back(Verdict::written);
    } else {
      ++rewritten_;
      verdicts.push_back(Verdict::duplicate);
    }
  }
  return verdicts;
}

MemorySink::MemorySink(Clock& clock, std::shared_ptr<MemoryStore> store)
    : clock_(clock), store_(std::move(store)), writes_(*this, OrderGate::Limits{}) {}

Task<Result<void>> MemorySink::open() {
  if (failing_opens_ > 0) {
    --failing_opens_;
    co_return open_error_;
  }
  open_ = true;
  ++opens_;
  co_return Result<void>();
}

void MemorySink::fail_opens(std::size_t n, Error error) {
  failing_opens_ = n;
  open_error_ = std::move(error);
}

Task<Result<WriteReport>> MemorySink::write(MessageRefs messages) {
  Result<WriteReport> report = co_await writes_.write(messages);
  if (bug_) std::rethrow_exception(bug_);
  co_return std::move(report);
}

void MemorySink::forget(MessageRefs messages) {
  writes_.forget(messages);
}

Task<Result<std::vector<Presence>>> MemorySink::look_up(MessageRefs messages) {
  std::vector<Presence> found = writes_.look_up(messages);
  const MemoryStore::Reads reads = store_->reads();
  if (reads == MemoryStore::Reads::fail) co_return Error(Errc::unavailable, "the store cannot be read (scripted)");
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] != Presence::only_writing_tells || reads == MemoryStore::Reads::never) continue;
    found[i] = store_->holds(id_of(*messages[i])) ? Presence::present : Presence::absent;
  }
  co_return found;
}

Task<void> MemorySink::close() {
  co_await writes_.close();
  open_ = false;
}

Result<OrderedWrites::Sender::Order> MemorySink::key_of(const Message& message, std::string& key) {
  key.append(message.key);
  return Order::by_key;
}

void MemorySink::send(OrderedWrites::Run run, MessageRefs messages) {
  MemoryStore::Append taken;
  taken.stream = run.key();
  for (const Message* message : messages) {
    MemoryStore::Event& event = taken.events.emplace_back();
    event = {taken.stream, id_of(*message), std::string(message->payload), message->sequence};
    for (const Header& header : message->headers) event.headers.emplace_back(header.name, header.value);
  }
  run.settle_by("append", append(std::move(taken)));
}

// A script that throws is a bug of the sink, and write() tells it as one.
Outcome MemorySink::decide(MemoryStore::Append& append) {
  try {
    return store_->decide(append);
  } catch (...) {
    bug_ = std::current_exception();
    throw;
  }
}

Task<Result<WriteReport>> MemorySink::append(MemoryStore::Append append) {
  while (store_->corked()) co_await clock_.sleep_for(kCorkPoll);
  const Outcome outcome = decide(append);
  const std::size_t size = append.events.size();
  std::size_t written = 0;
  if (outcome.kind == Outcome::Kind::write) written = size;
  if (outcome.kind == Outcome::Kind::first_half_only) written = size / 2;
  if (outcome.kind == Outcome::Kind::unknown && outcome.took_effect) written = size;
  const std::vector<Verdict> verdicts = store_->write(append, written);  // it takes effect before anyone hears of it
  const Duration delay = outcome.kind == Outcome::Kind::never ? kForEver : outcome.delay;
  if (delay > Duration{}) co_await clock_.sleep_for(delay);
  if (outcome.kind == Outcome::Kind::unknown) {
    co_return Error(Errc::unknown_outcome, "no answer from the store (scripted)");
  }
  const Error why = reason_of(outcome.kind);
  const bool refused = why.is_data_error();
  WriteReport report(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (i < verdicts.size()) {
      report.set(i, verdicts[i]);
    } else {
      report.set(i, refused ? Verdict::rejected : Verdict::failed, why);
    }
  }
  co_return std::move(report);
}

}  // namespace weir::testing
