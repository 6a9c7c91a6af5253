// World: everything around simulated weir processes: time, brokers, stores, files. One thread, and no time but its own.
#pragma once

#include "connectors/eventstoredb/fake.hpp"
#include "connectors/kafka/fake.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/testing/manual_clock.hpp"
#include "pipeline/topology/topology.hpp"
#include "testkit/memory_file.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::testkit {

class Process;

// How a wait in virtual time ended.
struct Waited {
  enum class End {
    reached,     // what was waited for is so
    time_limit,  // it is not, and the virtual time that was given has passed
    stuck,       // it never will be: nothing is left to do, and nobody waits for a time
  };
  End end = End::reached;
  Duration took{};  // virtual
  std::string why;  // unless it was reached: who waits for what, a line each
  explicit operator bool() const { return end == End::reached; }
};

// Something that befell a process, at its virtual time.
struct Happening {
  enum class What { started, stopped, crashed, reloaded, paused, resumed, retried, failed };
  What what = What::started;
  TimePoint at{};
  std::string process;
  std::string pipeline;     // empty: of the process
  std::string component;    // of paused and resumed: "events", "source", "stages", "dead letters"
  std::string detail;       // of paused and failed: why
  std::uint64_t count = 0;  // of retried: messages that were sent again at this instant
};
std::string_view to_string(Happening::What what);

// The same calls give the same results however often they are made: no clock, no randomness, no thread of the machine
// has a say. Servers belong to addresses: connections with one address share a server, however they are named.
//
// Lifetime: outlives its processes (asserted). Executor: the thread that made it; nothing is called from within a task.
// Cancellation: none. Errors: a name that no plan has spoken of is std::out_of_range, with the names there are.
class World {
 public:
  struct Settings {
    Partition partitions = 1;  // of topics that the world makes for a plan
    bool make_topics = true;   // those that a plan names and nobody has made yet
  };
  World();
  explicit World(Settings settings);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Learns the connections of a plan and makes the topics it names. A process does it for its own plan; called before,
  // it lets a test fill topics first. A topic that the test has created already is left as it is.
  void know(const Topology& topology);

  // Servers by the name of a connection; without a name: the one that there is.
  connectors::kafka::FakeKafka& kafka(const std::string& connection);
  connectors::kafka::FakeKafka& kafka();
  connectors::eventstoredb::FakeStore& store(const std::string& connection);
  connectors::eventstoredb::FakeStore& store();
  // Every server once, by the first name that it was given.
  std::vector<std::string> kafkas() const;
  // The name in kafkas() of the broker behind that connection.
  std::string kafka_name(const std::string& connection) const;
  std::vector<std::string> stores() const;
  // Of the `file` sinks, by the path as it is written; made on first use.
  MemoryFile& file(const std::string& path);
  const std::map<std::string, MemoryFile>& files() const { return files_; }
  MemoryFile& standard_output() { return standard_output_; }

  // Time passes as far as it must, in jumps from one thing that happens to the next. The condition is looked at
  // whenever nothing is left to do at an instant.
  Waited run_until(const std::function<bool()>& reached, Duration limit = std::chrono::hours(1));
  // Until every record that a living member of a group is there for has been committed, all groups have settled, and no
  // process is about to start or to stop. A pipeline that has failed is waited for no longer.
  Waited run_until_idle(Duration limit = std::chrono::hours(1));
  bool idle() const;
  // Lets exactly that much time pass.
  void advance(Duration by);

  TimePoint now() const { return clock_.now(); }
  Duration elapsed() const { return clock_.now() - begun_; }  // since the world began
  // In the order they happened.
  const std::vector<Happening>& happenings() const { return happenings_; }

  // For processes, and for a test's own coroutines.
  weir::testing::ManualClock& clock() { return clock_; }
  Executor executor() { return io_.get_executor(); }
  Blocking& blocking() { return blocking_; }

 private:
  friend class Process;
  struct KafkaServer;
  struct StoreServer;
  void settle();
  void note(Happening happening);
  std::string who_waits() const;

  const Settings settings_;
  boost::asio::io_context io_{1};
  weir::testing::ManualClock clock_{io_};
  weir::testing::InlineBlocking blocking_;
  const TimePoint begun_ = clock_.now();
  std::map<std::string, std::unique_ptr<KafkaServer>> kafkas_;  // by address
  std::map<std::string, std::unique_ptr<StoreServer>> stores_;
  std::map<std::string, std::string> kafka_names_;  // connection → address
  std::map<std::string, std::string> store_names_;
  std::map<std::string, MemoryFile> files_;
  MemoryFile standard_output_;
  std::vector<Process*> processes_;  // in the order they were made
  std::vector<Happening> happenings_;
};

}  // namespace weir::testkit
