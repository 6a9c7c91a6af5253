// HeldConnection: one connection at work: opened, tried again while its peer is away, closed.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/connection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir {

// Lifetime: close() has returned before it is destroyed, or open() was never called. Executor: control.
// Cancellation: close(), of what is tried in the background. Errors: open(), for what can never work.
class HeldConnection {
 public:
  // `failures` counts the attempts to open it that failed.
  HeldConnection(std::string name, std::shared_ptr<Connection> connection, Clock& clock, const Executor& control,
                 Counter& failures);

  const std::string& name() const { return name_; }
  const std::shared_ptr<Connection>& get() const { return connection_; }

  bool is_open() const { return opened_; }
  // Why the last attempt to open it failed, as long as it is tried again; else empty.
  const std::string& trouble() const { return trouble_; }

  // What pipelines will use of it. True when some of it is new: open() is due, be it once more.
  bool expect(const std::vector<Use>& uses);
  // A peer that is away is no error: it is tried again in the background until it is there.
  Task<Result<void>> open();
  // Idempotent.
  Task<void> close();

 private:
  Task<void> keep_opening();
  Task<Result<void>> try_to_open();

  const std::string name_;
  const std::shared_ptr<Connection> connection_;
  Clock& clock_;
  std::vector<std::string> expected_;
  Counter& failures_;
  std::string trouble_;
  bool tried_ = false;  // since it was closed
  bool opened_ = false;
  bool trying_ = false;
  TaskGroup opener_;
};

}  // namespace weir
