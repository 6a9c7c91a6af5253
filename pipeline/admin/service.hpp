// Service: the admin port beside the run of an App.
#pragma once

#include "pipeline/admin/port.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/control/run_companion.hpp"

#include <memory>
#include <optional>
#include <string>

namespace weir::admin {

// Answers the port's questions on the control executor, from the Supervisor and the Reloader.
//
// Lifetime: listen(), then a run; outlives that. Executor: the main thread. Cancellation: the run's end.
// Errors: listen(), before anything is started.
class Service final : public RunCompanion {
 public:
  Service(Port::Options options, Identity identity, std::string version_json);
  ~Service() override;

  Result<void> listen() { return port_.listen(); }
  const Port& port() const { return port_; }

  void started(RunAccess access) override;
  void ended() override;

 private:
  struct Questions;

  Port port_;
  Identity identity_;
  std::string version_json_;
  std::shared_ptr<Questions> questions_;
};

}  // namespace weir::admin
