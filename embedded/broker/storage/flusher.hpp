// Flusher: makes files durable in rounds, so that one fdatasync serves every request that waits (group commit).
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace weir::embedded::broker::storage {

// Lifetime: outlives the logs that use it. Executor: sync() and the callbacks on the broker's thread; the disk's work
// is done elsewhere. Cancellation: none; the destructor finishes the round in work. Errors: handed to the callbacks.
class Flusher {
 public:
  using Done = std::function<void(const Result<void>&)>;
  using Post = std::function<void(std::function<void()>)>;

  struct Stats {
    std::uint64_t rounds = 0;
    std::uint64_t syncs = 0;  // of files
  };

  virtual ~Flusher() = default;
  // Makes durable what was written to `file` before this call, then calls `done`. Requests for one file in one round
  // share one fdatasync; callbacks of a round come in the order of the requests.
  virtual void sync(std::shared_ptr<File> file, Done done) = 0;
  virtual Stats stats() const { return {}; }
  // The number of the round that has not begun yet. Whoever reads, after a write, the number that he read before he
  // asked for a sync of that file, need not ask again: the write is in that round as well. 0: not known, always ask.
  virtual std::uint64_t coming_round() const { return 0; }
};

// The broker's: one thread that does a round after the other; what is asked for during a round is the next one. `post`
// runs a task on the broker's thread and may be called from any thread; each round posts one task, which calls all its
// callbacks. The destructor waits until everything asked for is on disk and posted; whether those last tasks still run
// is up to `post`.
std::unique_ptr<Flusher> make_flusher(Flusher::Post post);

}  // namespace weir::embedded::broker::storage
