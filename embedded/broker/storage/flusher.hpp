// Flusher: makes files durable in rounds, so that one fdatasync serves every request that waits (group commit).
#pragma once

#include "embedded/broker/storage/file.hpp"

#include <functional>

namespace weir::embedded::broker::storage {

// Lifetime: outlives the logs that use it. Executor: sync() and the callbacks on the broker's thread; the disk's work is
// done elsewhere. Cancellation: none; the destructor finishes the round in work. Errors: handed to the callbacks.
class Flusher {
 public:
  using Done = std::function<void(const Result<void>&)>;

  virtual ~Flusher() = default;
  // Makes durable what was written to `file` before this call, then calls `done`. Requests for one file in one round
  // share one fdatasync; callbacks of a round come in the order of the requests.
  virtual void sync(std::shared_ptr<File> file, Done done) = 0;
};

}  // namespace weir::embedded::broker::storage
