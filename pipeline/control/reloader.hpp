// Reloader: reads the configuration again and puts it to work, for whoever asks: a signal, a watch, the admin API.
#pragma once

#include "pipeline/base/blocking.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/control/reload_outcome.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

class Supervisor;

// One reload at a time. Who asks while one runs shares the next one with all others that do, so that the last change of
// a file is always read, and a thousand requests are two reloads.
//
// Lifetime: stop() has returned before it is destroyed; what its Parts refer to outlives it.
// Executor: the control executor, for every member. Cancellation: stop().
// Errors: in the outcome; each is logged and counted as well.
class Reloader {
 public:
  struct Parts {
    Supervisor& supervisor;
    const Registry& registry;
    Clock& clock;
    Metrics& metrics;
    Blocking& blocking;  // for reading files
    Executor control;
    std::vector<std::filesystem::path>
        files;  // as the command line names them; a directory is looked through each time
    Environment environment;
    std::vector<std::filesystem::path> env_files;  // further variables; read each time
    // What else must be had before a plan may run: locks of the data directory, say. An error refuses it. Called on a
    // thread that may block, before anything is built. May be empty.
    std::function<Result<void>(const Topology&)> admit;
    // Told of the plan that runs from now on. May be empty.
    std::function<void(const Topology&)> applied;
  };
  explicit Reloader(Parts parts);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // The configuration that the run began with.
  void started_with(std::string config_hash);
  // Returns when a reload that began after this call has been settled. `trigger` is for people: who or what asks.
  Task<ReloadOutcome> reload(std::string trigger);
  // The same without waiting for it.
  void request(std::string trigger);

  bool busy() const;
  // Why the reload that runs still waits, in words: one entry per pipeline whose old sink has to answer first.
  std::vector<std::string> waiting_for() const;
  // The last that was settled, if any.
  std::optional<ReloadOutcome> last() const;

  // A reload that runs is ended by the supervisor's drain(), which comes first; those who wait get `refused`.
  Task<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
