// LogHead: how far a store's log is known to reach. An append that is answered with a position no higher than what was
// known before it was sent has written nothing: its events were there already.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/base/signal.hpp"

#include <optional>

namespace weir::sinks::eventstoredb {

// Lifetime: outlives its calls. Executor: one. Cancellation: terminal; of those who wait beside one asks again. Errors:
// see find().
class LogHead {
 public:
  explicit LogHead(const Executor& executor) : answered_(executor) {}

  // True once find() has succeeded.
  bool is_found() const { return found_; }
  // Reads the log's last position, once however many ask side by side. Error: the store is away or does not answer, the
  // same for all who waited for it; ask again. A store that refuses the read (the right to read all streams is not everybody's) is no error: then only what
  // saw() is told counts.
  Task<Result<void>> find(connectors::eventstoredb::StoreClient& store);

  // The highest position known; nothing when none is.
  const std::optional<connectors::eventstoredb::LogPosition>& highest() const { return highest_; }
  void saw(const connectors::eventstoredb::LogPosition& position) {
    if (!highest_.has_value() || *highest_ < position) highest_ = position;
  }

 private:
  class Asking;
  bool asking_ = false;
  bool found_ = false;
  std::optional<Error> failed_;  // of the last question, once it is answered
  std::optional<connectors::eventstoredb::LogPosition> highest_;
  Signal answered_;
};

}  // namespace weir::sinks::eventstoredb
