// ManualFlusher: a Flusher whose rounds happen when the test says so, on the test's own thread.
#pragma once

#include "embedded/broker/storage/flusher.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weir::embedded::broker::storage {

// Lifetime, Executor: the test's. Cancellation: forget(), as when the process dies. Errors: fail_next(), or the files'.
class ManualFlusher final : public Flusher {
 public:
  void sync(std::shared_ptr<File> file, Done done) override {
    waiting_.push_back({std::move(file), std::move(done), {}});
  }
  Stats stats() const override { return stats_; }
  std::uint64_t coming_round() const override { return coming_round_; }

  // Requests that the next round will serve.
  std::size_t waiting() const { return waiting_.size(); }

  // One round: syncs each file once, then calls back. What the callbacks ask for is the next round.
  void run_round() {
    begin_round();
    end_round();
  }
  // Its two halves, for tests of what happens in between.
  void begin_round() {
    if (waiting_.empty() || !in_work_.empty()) return;
    in_work_ = std::exchange(waiting_, {});
    ++coming_round_;
    const std::optional<Error> failure = std::exchange(next_failure_, std::nullopt);
    std::map<const File*, Result<void>> synced;
    for (Request& request : in_work_) {
      auto known = synced.find(request.file.get());
      if (known == synced.end()) {
        known = synced.emplace(request.file.get(), failure ? Result<void>(*failure) : request.file->sync()).first;
        ++stats_.syncs;
      }
      request.result = known->second;
    }
    ++stats_.rounds;
  }
  void end_round() {
    for (const Request& request : std::exchange(in_work_, {})) request.done(request.result);
  }
  // Rounds until nobody asks any more.
  void run_until_idle() {
    end_round();
    while (!waiting_.empty()) run_round();
  }
  // The next round fails with this for every file, whatever the file would say.
  void fail_next(Error error) { next_failure_ = std::move(error); }
  // What waits is never called: the process is gone.
  void forget() {
    waiting_.clear();
    in_work_.clear();
  }

 private:
  struct Request {
    std::shared_ptr<File> file;
    Done done;
    Result<void> result;
  };

  std::vector<Request> waiting_;
  std::vector<Request> in_work_;
  std::optional<Error> next_failure_;
  Stats stats_;
  std::uint64_t coming_round_ = 1;
};

}  // namespace weir::embedded::broker::storage
