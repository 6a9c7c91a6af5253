// Random histories of a pipeline, from fixed seeds: sinks that fail in every way or reject, rebalances at random moments,
// lost partitions, drains and restarts. Whatever happens, after it everything is stored exactly once and in order, or was
// rejected and is a dead letter, and nothing was committed too early (the fixture watches every commit).
#include "tests/pipeline/engine/runner_fixture.hpp"
#include "tests/samples.hpp"

#include <functional>
#include <random>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;

Task<void> revoke_and_assign(MemorySource& source, std::vector<TopicPartition> ids, TimePoint deadline, Clock& clock,
                             Duration away) {
  co_await source.revoke(ids, deadline);
  co_await clock.sleep_for(away);
  source.assign(ids);
}

// A sink that refuses some messages for what they are, and hands on the others.
class PickySink final : public Sink {
 public:
  PickySink(std::unique_ptr<Sink> inner, std::function<bool(const std::string&)> is_bad)
      : inner_(std::move(inner)), is_bad_(std::move(is_bad)) {}
  Task<Result<void>> open() override {
    Result<void> opened = co_await inner_->open();
    co_return opened;
  }
  Task<Result<WriteReport>> write(MessageRefs messages) override {
    const std::vector<const Message*> good = good_of(messages);
    Result<WriteReport> written = WriteReport(0);
    if (!good.empty()) {
      const MessageRefs refs(good);
      written = co_await inner_->write(refs);
      if (written.has_error()) co_return written;
    }
    WriteReport report(messages.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (is_bad_(id_of(*messages[i]))) {
        report.set(i, Verdict::rejected, Error(Errc::data, "not to my taste"));
        continue;
      }
      const Error* error = written->error(next);
      const Verdict verdict = written->verdict(next++);
      if (error == nullptr) {
        report.set(i, verdict);
      } else {
        report.set(i, verdict, *error);
      }
    }
    co_return report;
  }
  void forget(MessageRefs messages) override { inner_->forget(good_of(messages)); }
  Task<void> close() override { co_await inner_->close(); }

 private:
  std::vector<const Message*> good_of(MessageRefs messages) const {
    std::vector<const Message*> good;
    for (const Message* message : messages) {
      if (!is_bad_(id_of(*message))) good.push_back(message);
    }
    return good;
  }
  std::unique_ptr<Sink> inner_;
  std::function<bool(const std::string&)> is_bad_;
};

class RunnerPropertyTest : public RunnerTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  Duration milliseconds(std::size_t n) { return std::chrono::milliseconds(below(n)); }

  Outcome random_outcome() {
    Outcome outcome;
    if (trouble_ == 0) return outcome;
    outcome.delay = below(3) == 0 ? milliseconds(400) : Duration::zero();
    if (below(100) >= trouble_) return outcome;
    switch (below(5)) {
      case 0:
        outcome.kind = Outcome::Kind::fail;
        break;
      case 1:
        outcome.kind = Outcome::Kind::first_half_only;
        break;
      case 2:
        outcome.kind = Outcome::Kind::unknown;
        break;
      case 3:
        outcome.kind = Outcome::Kind::unknown;
        outcome.took_effect = true;
        break;
      default:
        outcome.kind = Outcome::Kind::never;
        break;
    }
    return outcome;
  }
  // Some records are bad, and stay so however often they are read.
  bool is_bad(const std::string& id) const { return std::hash<std::string>()(id) % 15 == GetParam() % 15; }

  // A record is stored, or it is bad and a dead letter.
  void check_whereabouts() {
    for (const TopicPartition& id : kit_.log->partitions()) {
      for (Offset offset = 0; offset < kit_.log->end(id); ++offset) {
        const std::string name = id.topic + "/" + std::to_string(id.partition) + "/" + std::to_string(offset);
        EXPECT_EQ(kit_.store->holds(name), !is_bad(name)) << name;
        EXPECT_EQ(kit_.dead_letters->holds(name), is_bad(name)) << name;
      }
    }
  }

  std::vector<TopicPartition> some_assigned() {
    std::vector<TopicPartition> ids;
    for (const TopicPartition& id : kit_.source->assigned()) {
      if (below(2) == 0) ids.push_back(id);
    }
    return ids;
  }

  void one_event() {
    switch (below(8)) {
      case 0: {
        const std::vector<TopicPartition> ids = some_assigned();
        spawn("rebalance",
              revoke_and_assign(*kit_.source, ids, clock().now() + milliseconds(3000), clock(), milliseconds(500)));
        break;
      }
      case 1: {
        std::vector<TopicPartition> ids = some_assigned();
        kit_.source->lose(ids);
        if (below(2) == 0) advance(milliseconds(100));
        kit_.source->assign(ids);
        break;
      }
      case 2:
        runner_->drain(clock().now() + milliseconds(4000));
        restart();
        break;
      case 3:
        runner_->abort();
        restart();
        break;
      case 4:
        kit_.store->cork(below(2) == 0);
        break;
      case 5:
        kit_.source->fail_commits(below(4), Error(Errc::unavailable, "no broker"));
        break;
      case 6:
        produce(below(30), 4, 1 + below(3));
        kit_.source->notify();
        break;
      default:
        break;
    }
  }

  void restart() {
    for (int i = 0; i < 200 && !ended(); ++i) advance(100ms);
    ASSERT_TRUE(ended()) << "the runner did not stop";
    EXPECT_EQ(runner_->status().leaked_acks, 0u);
    advance(5s);  // rebalances that are still under way
    runner_.reset();
    kit_.source = nullptr;
    start_lanes();
  }

  void start_lanes() {
    kit_.source_settings.batch_messages = 1 + below(12);
    kit_.settings.window = {.batches = 1 + below(5), .items = 1 + below(60), .bytes = 1 + below(2000)};
    start(1 + below(3));
  }

  std::mt19937 random_{GetParam()};
  std::size_t trouble_ = 30;  // percent of appends
};

TEST_P(RunnerPropertyTest, I1_I2_I5_EverythingOnceInOrderAndNothingCommittedTooEarly) {
  kit_.settings.persist.retry = {.attempts = 3, .initial = 20ms, .multiplier = 2, .max = 500ms};
  kit_.settings.commit_interval = 100ms;
  produce(20 + below(40), 4, 1 + below(4));
  kit_.store->set_script([this](const MemoryStore::Append&) { return random_outcome(); });
  kit_.wrap_sink = [this](std::unique_ptr<Sink> inner) {
    return std::make_unique<PickySink>(std::move(inner), [this](const std::string& id) { return is_bad(id); });
  };
  kit_.dead_letters->set_script([this](const MemoryStore::Append&) { return random_outcome(); });
  start_lanes();
  for (int step = 0; step < 25 && !HasFatalFailure(); ++step) {
    advance(milliseconds(700));
    one_event();
  }
  // Peace: what never answered is cut off by a restart.
  trouble_ = 0;
  kit_.store->cork(false);
  kit_.source->fail_commits(0, Error());
  advance(5s);
  runner_->abort();
  restart();
  advance(10s);
  check_whereabouts();
  EXPECT_EQ(kit_.store->events() + kit_.dead_letters->events(), produced_);
  check_order();
  expect_all_committed();
  EXPECT_EQ(runner_->status().leaked_acks, 0u);
  for (const MemorySink* sink : kit_.sinks) EXPECT_EQ(sink->gate_keys(), 0u);
  stop();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RunnerPropertyTest, ::testing::Range(1u, 1 + samples(80u)));

}  // namespace
}  // namespace weir::testing
