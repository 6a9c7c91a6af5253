// RunCompanion: what runs beside the pipelines of an App for as long as they do. The admin port is one.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/control/reloader.hpp"
#include "pipeline/control/supervisor.hpp"

namespace weir {

// What a companion works with: alive from started() to ended(). Supervisor and reloader are used on the control executor.
struct RunAccess {
  Executor control;
  Clock& clock;
  Metrics& metrics;
  const Registry& registry;
  Supervisor& supervisor;
  Reloader* reloader = nullptr;  // nothing: this run cannot reload
};

// Both are called on the thread that called App::run(); ended() once, when the run has ended, if started() was called. A
// run that could not be stopped never calls it: the process ends.
class RunCompanion {
 public:
  virtual ~RunCompanion() = default;
  // The threads run, and the configuration is about to.
  virtual void started(RunAccess access) = 0;
  // On return, nothing of the access is used any more.
  virtual void ended() = 0;
};

}  // namespace weir
