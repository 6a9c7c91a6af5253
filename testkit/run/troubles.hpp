// Troubles: what a test lets go wrong, armed in its world.
#pragma once

#include "testkit/case/step.hpp"
#include "testkit/expect/observed.hpp"
#include "testkit/process.hpp"
#include "testkit/world.hpp"

#include <map>
#include <string>
#include <vector>

namespace weir::testkit {

// Lifetime: the world outlives it. Executor: the world's thread. Cancellation, Errors: none.
class Troubles {
 public:
  Troubles(World& world, const std::vector<Fault>& faults) : world_(world), faults_(faults) {}
  Troubles(const Troubles&) = delete;
  Troubles& operator=(const Troubles&) = delete;

  // Once, when the world knows its servers.
  void arrange();
  // For each process: faults wait for its messages. Those that have struck are over.
  void watch(Process& process);

  // A server is away from now on.
  void begin(const Away& away);
  // When the next one comes back; far in the future: none does.
  TimePoint next() const;
  // When the last one does; long ago: nobody is away.
  TimePoint last() const { return away_.empty() ? TimePoint() : away_.rbegin()->first; }
  // Those whose time is up come back.
  void end_due();
  // Nobody is away.
  bool over() const { return away_.empty(); }

  // A fault wants what cannot be done from within a task.
  bool calls_for_action() const { return crashed_ || rebalance_; }
  bool take_crash() { return std::exchange(crashed_, false); }
  bool take_rebalance() { return std::exchange(rebalance_, false); }

  // Faults that never struck: a test with one does not test what it says.
  std::vector<Observed::Unused> unused() const;

 private:
  using Appends = std::map<std::string, std::size_t>;  // by connection
  std::optional<connectors::eventstoredb::FakeStore::Fault> strike(const std::string& connection);
  void set_away(const Away& what, bool away);
  // Connections with one address share a server.
  bool is_same_server(const Away& a, const Away& b) const;
  void happen(std::size_t fault, Process& process);

  World& world_;
  const std::vector<Fault>& faults_;
  std::vector<bool> struck_ = std::vector<bool>(faults_.size(), false);
  std::multimap<TimePoint, Away> away_;  // by the time when they come back
  Appends appends_;
  std::uint64_t messages_before_ = 0;  // read by processes that are gone
  std::vector<Process*> processes_;
  bool crashed_ = false;
  bool rebalance_ = false;
};

}  // namespace weir::testkit
