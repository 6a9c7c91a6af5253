// Process: one weir process in a simulated world, with its real source, stages, sinks and supervisor. It can be killed.
#pragma once

#include "pipeline/base/metrics.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/control/summary.hpp"
#include "pipeline/topology/topology.hpp"
#include "testkit/call.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::testkit {

class World;

// Lives as `weir run` does, over the servers of its world: another one with the same plan joins the same groups. A name
// is what the machine would be: `instance_id: auto` is the same for the same name, so a process that is made anew under
// it takes the place of the one that died.
//
// Lifetime: its world outlives it; destroyed while it runs, it crashes. Executor: the world's thread, from outside its
// tasks. Cancellation: stop(), crash(). Errors: what weir itself would say.
class Process {
 public:
  enum class State { created, running, stopped, crashed };
  struct Settings {
    std::string name = "weir-1";
    std::size_t workers = 1;  // what `lanes: 0` becomes; all of them on the world's thread
    // Gets every plan as it is about to run, with the world in it: an onlooker may put itself around stages and sinks.
    std::function<void(Topology& plan)> dress = {};
  };

  // The plan may come from any registry: what stands for the world outside (connections, files, the standard output) is
  // replaced by the world's, everything else is as it was registered.
  Process(World& world, Topology topology);
  Process(World& world, Topology topology, Settings settings);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Returns when the pipelines have been started, before they have done anything. Once.
  Result<void> start();
  // A clean stop, as SIGTERM does it: true when all has ended and is committed within that (virtual) time. When it has
  // not, what still ran is cut off as by crash().
  bool stop(Duration deadline = std::chrono::seconds(25));
  // From this instant the world hears nothing more of it. What its servers were asked before is done or not, as the
  // server had it; no answer arrives. Its members stay in their groups until their sessions time out.
  void crash();
  // Puts another plan in place of the one that runs. Returns what Supervisor::apply says of it.
  Result<void> reload(Topology topology);

  // The process dies where this first says so, in the middle of a call.
  void crash_when(CrashWhen when);
  // Called once, when its sources have handed out so many messages in all (the batch ends there): a place for a crash, a
  // rebalance, a fault. crash() may be called from here.
  void at_message(std::size_t count, std::function<void()> what);
  // Its members are silent while the process works on: to their brokers it is as good as dead, and it does not know.
  void lose_heartbeats(bool lost);

  State state() const;
  bool running() const { return state() == State::running; }
  const std::string& name() const;
  // Where crash_when() let it die: "crash before commit #2 …"; nothing: it lives, or crash() was called.
  std::optional<std::string> died_at() const;
  // Every call to a server, in order, up to the crash.
  const std::vector<Call>& calls() const;
  // Messages that its sources have handed out.
  std::uint64_t messages_read() const;

  // As of now, or as of its end.
  Summary summary() const;
  std::optional<Error> failure() const;  // of the first pipeline that has failed
  const Metrics& metrics() const;
  // A counter or gauge of that name; those labels must fit, others may be there. Several that fit are added up.
  std::optional<std::int64_t> metric(std::string_view name, const Labels& labels = {}) const;

 private:
  friend class World;
  struct Life;
  bool moving() const;   // about to start, or to stop
  bool cut_off() const;  // dead, and its remains not yet put away
  void put_away();
  void observe();
  std::string who_waits() const;

  std::unique_ptr<Life> life_;
};

std::string_view to_string(Process::State state);

}  // namespace weir::testkit
