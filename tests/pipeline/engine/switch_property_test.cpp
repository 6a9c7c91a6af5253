// Random histories in which the configuration changes again and again, from fixed seeds. In the first kind the sinks fail
// in every way and each configuration may write to a store of its own: afterwards each record is in exactly one store, and
// the stores together were written in order. In the second kind partitions come and go, too, and the runner is stopped;
// what is read again then is written again, so all sinks share one store that recognises it.
#include "tests/pipeline/engine/switch_fixture.hpp"
#include "tests/samples.hpp"

#include <random>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;

class SwitchPropertyTest : public SwitchTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  Duration milliseconds(std::size_t n) { return std::chrono::milliseconds(below(n)); }

  Outcome random_outcome() {
    Outcome outcome;
    if (trouble_ == 0) return outcome;
    outcome.delay = below(3) == 0 ? milliseconds(400) : Duration::zero();
    if (below(100) >= trouble_) return outcome;
    switch (below(4)) {
      case 0:
        outcome.kind = Outcome::Kind::fail;
        break;
      case 1:
        outcome.kind = Outcome::Kind::first_half_only;
        break;
      case 2:
        outcome.kind = Outcome::Kind::unknown;
        break;
      default:
        outcome.kind = Outcome::Kind::unknown;
        outcome.took_effect = true;
        break;
    }
    return outcome;
  }
  void use(const std::shared_ptr<MemoryStore>& store) {
    store->set_script([this](const MemoryStore::Append&) { return random_outcome(); });
  }

  void begin_anywhere() {
    kit_.settings.persist.retry = {.attempts = 3, .initial = 20ms, .multiplier = 2, .max = 500ms};
    kit_.settings.commit_interval = 100ms;
    kit_.source_settings.batch_messages = 1 + below(12);
    set_window();
    begin(1 + below(3));
  }
  void set_window() {
    kit_.settings.window = {.batches = 1 + below(5), .items = 1 + below(60), .bytes = 1 + below(2000)};
  }

  // Prepares something else and, mostly, takes it into use.
  void change_configuration(bool may_use_another_store) {
    const bool other_sinks_wanted = below(3) != 0;
    if (other_sinks_wanted && may_use_another_store && below(2) == 0) {
      use_another_store();
      use(kit_.store);
    }
    set_window();
    use_marking_stage();
    const bool other_dlq = below(4) == 0;
    GraphParts next =
        other_sinks_wanted ? (other_dlq ? kit_.make_graph(clock(), lanes_) : events_replaced()) : all_kept();
    if (other_sinks_wanted && below(4) == 0) kit_.sinks[0]->fail_opens(below(6), Error(Errc::unavailable, "away"));
    prepare(std::move(next), 2s);
    for (int i = 0; i < 100 && !prepared_.has_value(); ++i) advance(100ms);
    ASSERT_TRUE(prepared_.has_value());
    if (prepared_->has_error() || below(8) == 0) {
      discard();
      advance(100ms);
      prepared_.reset();
      kit_.sinks.assign(2, nullptr);  // those that were thrown away
      return;
    }
    SwitchSettings settings = other_sinks_wanted || below(2) == 0 ? other_sinks(milliseconds(800)) : only_stages();
    switch_over(std::move(settings));
  }
  void wait_for_switch() {
    for (int i = 0; i < 600 && !report_.has_value(); ++i) advance(100ms);
    ASSERT_TRUE(report_.has_value()) << "the switch never ended: " << (waits_.empty() ? "" : waits_.back());
  }

  // Over all stores, in the order of their arrival.
  void check_order_over_all_stores() {
    std::map<std::string, std::map<std::uint64_t, std::string>> streams;
    for (const std::shared_ptr<MemoryStore>& store : stores()) {
      for (const std::string& name : store->streams()) {
        for (const MemoryStore::Event& event : store->stream(name)) streams[name][event.arrival] = event.id;
      }
    }
    for (const auto& [name, events] : streams) {
      Offset last = -1;
      for (const auto& [arrival, id] : events) {
        const Offset offset = std::stoll(id.substr(id.rfind('/') + 1));
        if (offset <= last) ADD_FAILURE() << "stream " << name << ": " << id << " came after offset " << last;
        last = offset;
      }
    }
  }

  std::mt19937 random_{GetParam()};
  std::size_t trouble_ = 30;  // percent of appends
};

TEST_P(SwitchPropertyTest, I7_EveryRecordIsInOneStoreOnceAndInOrder) {
  produce(20 + below(40), 4, 1 + below(4));
  use(kit_.store);
  begin_anywhere();
  for (int step = 0; step < 12 && !HasFatalFailure(); ++step) {
    advance(milliseconds(700));
    produce(below(30), 4, 1 + below(3));
    kit_.source->notify();
    const bool reads_fail = below(4) == 0;
    const std::shared_ptr<MemoryStore> store = kit_.store;
    if (reads_fail) store->set_reads(below(2) == 0 ? MemoryStore::Reads::fail : MemoryStore::Reads::never);
    change_configuration(true);
    advance(milliseconds(4000));
    store->set_reads(MemoryStore::Reads::work);
    if (below(6) == 0) runner_->pause();
    if (report_.has_value() || !is_prepared()) continue;
    wait_for_switch();
    runner_->resume();
  }
  trouble_ = 0;
  runner_->resume();
  advance(60s);
  expect_all_stored_once();
  check_order_over_all_stores();
  expect_all_committed();
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  EXPECT_EQ(runner_->status().unsettled, 0u);
  stop();
}

Task<void> take_away_for_a_while(MemorySource& source, std::vector<TopicPartition> ids, TimePoint deadline,
                                 Clock& clock, Duration away) {
  co_await source.revoke(ids, deadline);
  co_await clock.sleep_for(away);
  source.assign(ids);
}

TEST_P(SwitchPropertyTest, I7_RebalancesAndStopsInTheMidstOfItLoseNothing) {
  produce(20 + below(40), 4, 1 + below(4));
  use(kit_.store);
  begin_anywhere();
  for (int step = 0; step < 15 && !HasFatalFailure(); ++step) {
    advance(milliseconds(700));
    produce(below(20), 4, 1 + below(3));
    kit_.source->notify();
    if (below(4) == 0) kit_.store->set_reads(MemoryStore::Reads::fail);
    change_configuration(false);
    advance(milliseconds(1500));
    std::vector<TopicPartition> ids;
    for (const TopicPartition& id : kit_.source->assigned()) {
      if (below(2) == 0) ids.push_back(id);
    }
    switch (below(5)) {
      case 0:
        spawn("rebalance",
              take_away_for_a_while(*kit_.source, ids, clock().now() + milliseconds(3000), clock(), milliseconds(500)));
        break;
      case 1:
        kit_.source->lose(ids);
        kit_.source->assign(ids);
        break;
      case 2:
        if (below(2) == 0) {
          runner_->drain(clock().now() + milliseconds(4000));
        } else {
          runner_->abort();
        }
        for (int i = 0; i < 200 && !ended(); ++i) advance(100ms);
        ASSERT_TRUE(ended()) << "the runner did not stop";
        EXPECT_EQ(runner_->status().leaked_acks, 0u);
        advance(5s);
        runner_.reset();
        kit_.store->set_reads(MemoryStore::Reads::work);
        begin_anywhere();
        report_.reset();
        prepared_.reset();
        continue;
      default:
        break;
    }
    kit_.store->set_reads(MemoryStore::Reads::work);
    if (is_prepared()) wait_for_switch();
  }
  trouble_ = 0;
  advance(60s);
  expect_all_stored_once();
  check_order();
  expect_all_committed();
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  stop();
}

INSTANTIATE_TEST_SUITE_P(Seeds, SwitchPropertyTest, ::testing::Range(1u, 1 + samples(40u)));

}  // namespace
}  // namespace weir::testing
