// What is counted of the calls of a store.
#include "connectors/eventstoredb/metered_client.hpp"

#include "connectors/eventstoredb/fake.hpp"
#include "pipeline/testing/fixture.hpp"

namespace weir::connectors::eventstoredb {
namespace {

using namespace std::chrono_literals;

class MeteredClientTest : public weir::testing::VirtualTimeTest {
 protected:
  void TearDown() override {
    client_.reset();
    VirtualTimeTest::TearDown();
  }
  Result<AppendOutcome> append(std::string stream, std::size_t events) {
    std::vector<NewEvent> all;
    for (std::size_t i = 0; i < events; ++i) all.push_back({.id = Uuid::random(), .type = "T", .data = "{}"});
    return run(client_->append(std::move(stream), ExpectedRevision::any(), all));
  }
  std::uint64_t errors(const char* error) {
    return metrics_.counter("weir_eventstoredb_call_errors_total", {{"class", error}, {"connection", "store"}}).value();
  }
  std::uint64_t events() {
    return metrics_.counter("weir_eventstoredb_appended_events_total", {{"connection", "store"}}).value();
  }
  Histogram& duration(const char* name) { return metrics_.histogram(name, Unit::seconds, {{"connection", "store"}}); }
  Gauge& in_flight() { return metrics_.gauge("weir_eventstoredb_calls_in_flight", {{"connection", "store"}}); }

  std::shared_ptr<FakeStore> store_ = std::make_shared<FakeStore>(clock(), executor());
  Metrics metrics_;
  std::shared_ptr<StoreClient> client_ = make_metered_client(store_, clock(), metrics_, "store");
};

TEST_F(MeteredClientTest, AppendsAreCountedByEventsAndTimed) {
  store_->on_append(0, {.delay = 100ms});
  ASSERT_TRUE(append("s", 3).has_value());
  ASSERT_TRUE(append("s", 1).has_value());
  EXPECT_EQ(events(), 4u);
  EXPECT_EQ(duration("weir_eventstoredb_append_duration_seconds").count(), 2u);
  EXPECT_NEAR(duration("weir_eventstoredb_append_duration_seconds").sum(), 0.1, 0.001);
}

TEST_F(MeteredClientTest, WhatFailsIsCountedByItsClassAndNotAsAppended) {
  EXPECT_EQ(errors("unavailable"), 0u);
  store_->on_append(0, {.error = Error(Errc::unavailable, "away")});
  EXPECT_TRUE(append("s", 2).has_error());
  store_->on_append(1, {.answer = RevisionConflict{}});
  EXPECT_TRUE(append("s", 2).has_value());
  store_->fail_reads(Error(Errc::permission_denied, "no"));
  EXPECT_TRUE(run(client_->read_stream("s", StreamStart::from_end(), ReadDirection::backwards, 1)).has_error());
  EXPECT_EQ(errors("unavailable"), 1u);
  EXPECT_EQ(errors("permission_denied"), 1u);
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(duration("weir_eventstoredb_append_duration_seconds").count(), 2u);
  EXPECT_EQ(duration("weir_eventstoredb_read_duration_seconds").count(), 1u);
}

TEST_F(MeteredClientTest, ACallThatIsCutOffIsNotInFlightForEver) {
  store_->cork();
  std::vector<NewEvent> none;
  std::optional<Result<AppendOutcome>> place;
  std::exception_ptr failure;
  spawn("append", run_into(client_->append("s", ExpectedRevision::any(), none), place, failure));
  run_until_idle();
  EXPECT_EQ(in_flight().value(), 1);
  stop_tasks();
  EXPECT_EQ(in_flight().value(), 0);
  store_->uncork();
}

}  // namespace
}  // namespace weir::connectors::eventstoredb
