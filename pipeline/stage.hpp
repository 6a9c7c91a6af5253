// Stage: what happens to messages between source and persist.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/batch.hpp"

namespace weir {

// What a stage may do besides editing the batch. Made by the runner, one per stage and lane.
//
// Lifetime: outlives the stage's calls. Executor: the lane's. Cancellation, Errors: none.
class StageContext {
 public:
  virtual ~StageContext() = default;
  // The message leaves the pipeline here, settled and counted under
  // `reason`, a literal or text that lives as long as the stage.
  void drop(Message& message, std::string_view reason) { message.drop_reason = reason; }
  // The message leaves the chain as a data error and goes to the dead-letter sink. `error` says what is wrong with it.
  void fail(Message& message, Error error);
  virtual TimePoint now() const = 0;
  virtual WallTime wall_now() const = 0;
  virtual LaneIndex lane() const = 0;
  // The stage's name in YAML; goes into failures.
  virtual std::string_view stage_name() const = 0;
};

// One step of a pipeline. An instance belongs to one lane.
//
// Lifetime: made by the registry's factory, destroyed after the last batch it saw is settled.
// Executor: the lane's. Cancellation: terminal, at awaits. Errors: see process().
class Stage {
 public:
  virtual ~Stage() = default;
  // Called by the runner's head loop for each batch, in order, one call at a time.
  // Edits the batch in place; messages are neither added nor removed but through ctx.
  // Marked messages are gone after the call; later stages see healthy ones only.
  // An error means that the stage itself cannot work (never that a
  // message is bad): the pipeline retries the batch with backoff.
  // It works on the batch and on memory of its own: no thread, no I/O, no sleep; the time comes from ctx.
  virtual Task<Result<void>> process(Batch& batch, StageContext& ctx) = 0;
};

}  // namespace weir
