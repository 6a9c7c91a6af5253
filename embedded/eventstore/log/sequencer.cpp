#include "embedded/eventstore/log/sequencer.hpp"

#include "pipeline/base/log.hpp"

namespace weir::embedded::eventstore {

namespace {

// A request weighs something even when it carries nothing.
constexpr std::size_t kRequestOverhead = 256;

std::size_t weight(const WriteRequest& request) {
  return request.size() + kRequestOverhead;
}

}  // namespace

std::size_t WriteRequest::size() const {
  std::size_t size = stream.size();
  for (const ProposedEvent& event : events) size += event.size();
  return size;
}

Sequencer::Sequencer(Storage& storage, const Clock& clock, CommitFeed& feed, Options options)
    : clock_(clock),
      feed_(feed),
      options_(std::move(options)),
      cache_(storage, options_.cached_streams, options_.cached_bytes),
      group_(storage, cache_, {storage.next_position(), storage.next_stream()}) {}

Sequencer::~Sequencer() {
  stop();
}

Result<void> Sequencer::write_first_events(const std::vector<std::pair<std::string, ProposedEvent>>& events) {
  if (group_.counters().next_position != 1) return {};
  group_.begin(ticks(clock_.wall_now()));
  for (const auto& [stream, event] : events) {
    Result<void> added = group_.append_unchecked(stream, event);
    if (!added) return added;
  }
  return group_.commit();
}

void Sequencer::start() {
  const std::lock_guard lock(mutex_);
  if (started_) return;
  started_ = true;
  thread_ = std::thread([this] { run_commit_loop(); });
}

void Sequencer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Sequencer::Submitted Sequencer::submit(WriteRequest&& request) {
  const std::size_t size = weight(request);
  const std::lock_guard lock(mutex_);
  if (stopping_) return Submitted::stopped;
  // An empty queue takes any one request, so that a large one cannot be locked out.
  const bool full = queue_.size() >= options_.queued_requests || queued_bytes_ + size > options_.queued_bytes;
  if (full && !queue_.empty()) return Submitted::queue_full;
  queued_bytes_ += size;
  queue_.push_back(std::move(request));
  if (queue_.size() == 1) wake_.notify_one();
  return Submitted::queued;
}

void Sequencer::run_commit_loop() {
  for (;;) {
    const std::vector<WriteRequest> requests = take_group();
    if (requests.empty()) return;
    std::vector<AppendResult> results = commit_group(requests);
    publish(requests, results);
    for (std::size_t i = 0; i < requests.size(); ++i) requests[i].done(std::move(results[i]));
  }
}

std::vector<WriteRequest> Sequencer::take_group() {
  std::vector<WriteRequest> group;
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
  std::size_t bytes = 0;
  while (!queue_.empty() && group.size() < options_.group_requests && bytes < options_.group_bytes) {
    const std::size_t size = weight(queue_.front());
    bytes += size;
    queued_bytes_ -= size;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

std::vector<AppendResult> Sequencer::run_group(std::vector<WriteRequest> requests) {
  std::vector<AppendResult> results = commit_group(requests);
  publish(requests, results);
  return results;
}

std::vector<AppendResult> Sequencer::commit_group(std::span<const WriteRequest> requests) {
  std::vector<AppendResult> results;
  results.reserve(requests.size());
  const TimePoint now = clock_.now();
  group_.begin(ticks(clock_.wall_now()));
  for (const WriteRequest& request : requests) {
    if (failure_) break;
    if (request.deadline <= now) {
      results.emplace_back(TimedOut());
      continue;
    }
    Result<AppendResult> result = group_.apply(request);
    if (!result) {
      fail(result.error());
    } else {
      results.push_back(std::move(*result));
    }
  }
  if (!failure_) {
    Result<void> committed = options_.commit ? options_.commit(group_) : group_.commit();
    if (!committed) fail(committed.error());
  }
  if (failure_) return std::vector<AppendResult>(requests.size(), AppendResult(WriteFailed{*failure_}));
  appended_events_.fetch_add(group_.events(), std::memory_order_relaxed);
  appends_.fetch_add(requests.size(), std::memory_order_relaxed);
  cache_.trim();
  return results;
}

void Sequencer::publish(std::span<const WriteRequest> requests, std::span<const AppendResult> results) {
  if (failure_ || group_.events() == 0) return;
  std::vector<std::string> streams;
  // Asked only now that all is on disk: whoever listens from here on finds it there.
  if (feed_.wants_streams()) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (!std::holds_alternative<Appended>(results[i])) continue;
      const std::string& stream = requests[i].stream;
      streams.push_back(stream);
      streams.push_back(metastream_of(stream));  // deletes and undeletes write there
    }
    std::sort(streams.begin(), streams.end());
    streams.erase(std::unique(streams.begin(), streams.end()), streams.end());
  }
  feed_.publish(streams);
}

void Sequencer::fail(Error error) {
  failure_ = error.with_context("the event store takes no more writes until it is restarted");
  failed_.store(true);
  cache_.clear();
  log::error("the event store has failed and takes no more writes", {{"error", error.message()}});
}

}  // namespace weir::embedded::eventstore
