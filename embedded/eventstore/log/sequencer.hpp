// The one writer of the store: puts all appends into one order and makes them durable, many at a time.
#pragma once

#include "embedded/eventstore/log/commit_feed.hpp"
#include "embedded/eventstore/log/commit_group.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace weir::embedded::eventstore {

// Lifetime: start() .. stop(); outlived by storage, clock and feed. Executor: submit() from any thread; `done`
// functions run on its own thread. Cancellation: stop() refuses new requests, finishes those that are queued, and
// joins. Errors: when the disk fails once, the store takes no more writes until it is restarted: every request ends
// with that Error.
class Sequencer {
 public:
  struct Options {
    std::size_t queued_requests = 65'536;
    std::size_t queued_bytes = std::size_t{64} << 20;
    std::size_t group_requests = 4096;
    std::size_t group_bytes = std::size_t{8} << 20;
    std::size_t cached_streams = 100'000;
    std::size_t cached_bytes = std::size_t{16} << 20;
    std::function<Result<void>(CommitGroup&)> commit;  // instead of the real one, for tests of a failing disk
  };

  Sequencer(Storage& storage, const Clock& clock, CommitFeed& feed, Options options);
  Sequencer(Storage& storage, const Clock& clock, CommitFeed& feed) : Sequencer(storage, clock, feed, Options()) {}
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Writes the first events of a store that has none. Before start().
  Result<void> write_first_events(const std::vector<std::pair<std::string, ProposedEvent>>& events);
  void start();
  void stop();

  enum class Submitted { queued, queue_full, stopped };
  // Unless it is queued, the request is untouched and `done` is not called.
  Submitted submit(WriteRequest&& request);

  // Decides and commits on the caller's thread, without a queue. For tests, instead of start().
  std::vector<AppendResult> run_group(std::vector<WriteRequest> requests);

  bool failed() const { return failed_.load(); }
  std::uint64_t appended_events() const { return appended_events_.load(std::memory_order_relaxed); }
  std::uint64_t appends() const { return appends_.load(std::memory_order_relaxed); }

 private:
  void run_commit_loop();
  std::vector<WriteRequest> take_group();
  std::vector<AppendResult> commit_group(std::span<const WriteRequest> requests);
  void publish(std::span<const WriteRequest> requests, std::span<const AppendResult> results);
  void fail(Error error);

  const Clock& clock_;
  CommitFeed& feed_;
  const Options options_;
  StreamCache cache_;
  CommitGroup group_;
  std::optional<Error> failure_;  // touched by the committing thread only
  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> appended_events_{0};
  std::atomic<std::uint64_t> appends_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<WriteRequest> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  bool started_ = false;
  std::thread thread_;
};

}  // namespace weir::embedded::eventstore
