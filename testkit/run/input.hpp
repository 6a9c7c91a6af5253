// The records of a test, on their way into the topics of its world.
#pragma once

#include "testkit/case/case.hpp"
#include "testkit/run/gather.hpp"
#include "testkit/world.hpp"

namespace weir::testkit {

// As many partitions as the records of the test need.
World::Settings world_settings(const Case& test);

// Lifetime: the world, which knows the plan, outlives it. Executor: the world's thread. Cancellation, Errors: none.
class Input {
 public:
  Input(World& world, const Topology& plan);

  // Makes the topics of the records that are not there: those that the plan reads by an expression have no name before.
  // To be called before a consumer looks for them.
  void make_topics(const Case& test);
  void put(const Put& put);
  const OwnRecords& records() const { return records_; }
  // The broker that the pipeline reads from.
  connectors::kafka::FakeKafka& broker() { return kafka_; }

 private:
  World& world_;
  const std::string broker_;  // as World::kafkas() calls it
  connectors::kafka::FakeKafka& kafka_;
  OwnRecords records_;
};

}  // namespace weir::testkit
