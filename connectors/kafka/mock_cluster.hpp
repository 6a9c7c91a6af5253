// MockCluster: librdkafka's own test cluster, in this process, on loopback ports. It stands in for a broker in tests of
// the bridge, which want one that comes and goes. Nothing in it survives the process, and it keeps only the newest
// records of a partition.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/units.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

// Lifetime: serves from start() until it is destroyed. Executor: any thread. Cancellation: none. Errors: start() only.
class MockCluster {
 public:
  static Result<std::unique_ptr<MockCluster>> start(int brokers = 1);
  ~MockCluster();
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  // "127.0.0.1:41234"
  std::string bootstrap_servers() const;
  Result<void> create_topic(const std::string& name, Partition partitions = 3);
  // Makes every broker unreachable, and reachable again under the same address.
  void set_reachable(bool reachable);
  // The same for one of them, counted from 1.
  void set_broker_reachable(int id, bool reachable);
  // That broker leads the partition from now on; until then it is led by whom chance has chosen.
  void set_leader(const std::string& topic, Partition partition, int broker);
  // Nobody leads that partition from now on.
  void take_leader(const std::string& topic, Partition partition);
  // Questions about that topic are answered with this error code of Kafka's from now on; 0: with what it is.
  void refuse_topic(const std::string& name, int code);
  // The next request of that API (Kafka's key of it) is answered with this error code.
  void refuse_next(std::int16_t api, int code);

 private:
  struct Impl;
  explicit MockCluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::connectors::kafka
