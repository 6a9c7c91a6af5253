#include "pipeline/testing/memory_sink.hpp"

#include "pipeline/base/with_timeout.hpp"

#include <algorithm>

namespace weir::testing {

namespace {

constexpr Duration kCorkPoll = std::chrono::milliseconds(10);
constexpr Duration kPatience = std::chrono::hours(1);
constexpr Duration kForEver = std::chrono::hours(24 * 365 * 50);

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

struct MemorySink::Call {
  Call(const Executor& executor, std::size_t messages) : report(messages), open(messages), changed(executor) {}
  WriteReport report;
  std::size_t open;
  Signal changed;
};

struct MemorySink::UnderWay {
  MemoryStore::Append append;
  std::vector<std::uint64_t> sequences;
  std::shared_ptr<Signal> changed;
  bool given_up = false;  // a message of it was cancelled
};

// Takes back, when a write ends or is cancelled, whatever of it has no verdict yet.
class MemorySink::Withdraw {
 public:
  Withdraw(MemorySink& sink, MessageRefs messages, const Call& call) : sink_(sink), messages_(messages), call_(call) {}
  Withdraw(const Withdraw&) = delete;
  Withdraw& operator=(const Withdraw&) = delete;
  ~Withdraw() {
    if (call_.open == 0) return;
    const std::list<std::shared_ptr<UnderWay>> under_way = sink_.under_way_;  // finish() changes it
    for (const Message* message : messages_) {
      const auto place = sink_.places_.find(message->sequence);
      if (place == sink_.places_.end() || place->second.call != &call_) continue;
      sink_.places_.erase(place);
      sink_.gate_.withdraw(message->key, message->sequence);
      for (const std::shared_ptr<UnderWay>& append : under_way) {
        if (append->given_up) continue;
        if (std::find(append->sequences.begin(), append->sequences.end(), message->sequence) == append->sequences.end())
          continue;
        append->given_up = true;
        append->changed->notify_all();
        sink_.finish(*append, {}, Error(Errc::unknown_outcome, "the write was cancelled"));
      }
    }
    sink_.pump();
  }

 private:
  MemorySink& sink_;
  MessageRefs messages_;
  const Call& call_;
};

MemorySink::MemorySink(Executor executor, Clock& clock, std::shared_ptr<MemoryStore> store)
    : executor_(std::move(executor)),
      clock_(clock),
      store_(std::move(store)),
      gate_(OrderGate::Limits{}),
      appends_(executor_) {}
MemorySink::~MemorySink() = default;

Task<Result<void>> MemorySink::open() {
  if (failing_opens_ > 0) {
    --failing_opens_;
    co_return open_error_;
  }
  open_ = true;
  co_return Result<void>();
}

void MemorySink::fail_opens(std::size_t n, Error error) {
  failing_opens_ = n;
  open_error_ = std::move(error);
}

Task<Result<WriteReport>> MemorySink::write(MessageRefs messages) {
  Call call(executor_, messages.size());
  const Withdraw withdraw(*this, messages, call);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    places_[messages[i]->sequence] = Place{&call, i};
    gate_.offer(messages[i]->key, *messages[i], messages[i]->payload.size());
  }
  pump();
  // Through a timer, as real sinks do: a cancellation then needs a few steps to arrive, which must not matter.
  while (call.open > 0) co_await wait_or_timeout(call.changed, clock_, kPatience);
  co_return std::move(call.report);
}

void MemorySink::forget(MessageRefs messages) {
  for (const Message* message : messages) gate_.forget(message->key, message->sequence);
  pump();
}

void MemorySink::pump() {
  for (const OrderGate::Run& send : gate_.take_ready()) {
    auto append = std::make_shared<UnderWay>();
    append->append.stream = send.key;
    append->changed = std::make_shared<Signal>(executor_);
    for (const Message* message : send.messages) {
      append->sequences.push_back(message->sequence);
      append->append.events.push_back(
          {append->append.stream, id_of(*message), std::string(message->payload), message->sequence});
    }
    under_way_.push_back(append);
    appends_.spawn("append", run_append(append));
  }
}

Task<void> MemorySink::run_append(std::shared_ptr<UnderWay> append) {
  while (store_->corked() && !append->given_up) co_await wait_or_timeout(*append->changed, clock_, kCorkPoll);
  if (append->given_up) co_return;
  const Outcome outcome = store_->decide(append->append);
  const std::size_t size = append->append.events.size();
  std::size_t written = 0;
  if (outcome.kind == Outcome::Kind::write) written = size;
  if (outcome.kind == Outcome::Kind::first_half_only) written = size / 2;
  if (outcome.kind == Outcome::Kind::unknown && outcome.took_effect) written = size;
  std::vector<Verdict> verdicts = store_->write(append->append, written);  // it takes effect before anyone hears of it
  const TimePoint until = clock_.now() + (outcome.kind == Outcome::Kind::never ? kForEver : outcome.delay);
  while (!append->given_up && clock_.now() < until)
    co_await wait_or_timeout(*append->changed, clock_, until - clock_.now());
  if (append->given_up) co_return;
  Error error(Errc::unavailable, "the store is not available (scripted)");
  if (outcome.kind == Outcome::Kind::reject) {
    verdicts.assign(size, Verdict::rejected);
    error = Error(Errc::data, "the store refuses this event (scripted)");
  } else if (outcome.kind == Outcome::Kind::unknown) {
    verdicts.clear();
    error = Error(Errc::unknown_outcome, "no answer from the store (scripted)");
  }
  verdicts.resize(size, Verdict::failed);
  finish(*append, verdicts, error);
}

// Verdicts for a whole append; none means that all failed with `error`.
void MemorySink::finish(UnderWay& append, const std::vector<Verdict>& verdicts, const Error& error) {
  std::vector<bool> failed;
  for (std::size_t i = 0; i < append.sequences.size(); ++i) {
    const Verdict verdict = verdicts.empty() ? Verdict::failed : verdicts[i];
    failed.push_back(verdict == Verdict::failed);
    const auto place = places_.find(append.sequences[i]);
    if (place == places_.end()) continue;  // cancelled
    Call& call = *place->second.call;
    if (verdict == Verdict::failed || verdict == Verdict::rejected) {
      call.report.set(place->second.index, verdict, error);
    } else {
      call.report.set(place->second.index, verdict);
    }
    places_.erase(place);
    if (--call.open == 0) call.changed.notify_all();
  }
  gate_.resolve(append.append.stream, append.sequences, failed);
  std::erase_if(under_way_, [&append](const std::shared_ptr<UnderWay>& other) { return other.get() == &append; });
  pump();
}

Task<void> MemorySink::close() {
  appends_.cancel();
  co_await appends_.join();
  open_ = false;
}

}  // namespace weir::testing
