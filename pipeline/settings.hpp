// The settings of a pipeline and their defaults: the one table of both. topology/ binds them to their YAML keys;
// whoever works with one takes it from here.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/retry.hpp"
#include "pipeline/base/units.hpp"

#include <chrono>
#include <cstddef>

namespace weir {

// How a new configuration takes the place of the one that runs.
struct ReloadSettings {
  // How long what is in flight may take to be settled before its writes are cut off and looked up, where sinks or routes
  // change.
  Duration drain = std::chrono::seconds(30);

  friend bool operator==(const ReloadSettings&, const ReloadSettings&) = default;
};

struct PipelineSettings {
  std::size_t lanes = 0;              // 0 = one per worker thread
  std::size_t batch_messages = 1000;  // most messages of a batch
  Bytes memory = 64_MiB;              // bound of what the pipeline's lanes hold in flight, all together (I4)
  std::size_t window_batches = 8;     // most batches in flight per lane
  Duration commit_interval = std::chrono::seconds(1);
  Duration drain_timeout = std::chrono::seconds(25);
  ReloadSettings reload;

  friend bool operator==(const PipelineSettings&, const PipelineSettings&) = default;
};

// What happens when the attempts of a RetryPolicy are used up.
enum class OnExhausted {
  pause,  // the breaker opens: retry for ever with backoff, the session lives on (the default)
  dlq,    // the messages are dead-lettered, as data errors are
};

// What the YAML step `persist` says to the runner.
struct PersistPolicy {
  RetryPolicy retry;
  OnExhausted on_exhausted = OnExhausted::pause;

  friend bool operator==(const PersistPolicy&, const PersistPolicy&) = default;
};

}  // namespace weir
