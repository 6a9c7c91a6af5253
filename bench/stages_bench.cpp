// What the stages cost per message, without Kafka and without a store: 400-byte domain events in batches of 1000.
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/task_group.hpp"
#include "pipeline/partition_ledger.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/topology/registry.hpp"
#include "stages/decode.hpp"
#include "stages/dedupe.hpp"
#include "stages/route.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>

#include <random>

namespace weir {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kEvents = 64 * 1024;
constexpr std::size_t kEventBytes = 400;

class BenchContext final : public StageContext {
 public:
  TimePoint now() const override { return clock_.now(); }
  WallTime wall_now() const override { return clock_.wall_now(); }
  LaneIndex lane() const override { return 0; }
  std::string_view stage_name() const override { return "bench"; }

 private:
  SystemClock clock_;
};

// Payloads of one size with ids of their own, and types that repeat.
class Events {
 public:
  Events() : random_(1) {
    payloads_.reserve(kEvents);
    for (std::size_t i = 0; i < kEvents; ++i) payloads_.push_back(payload(i));
  }

  // The next batch. A fresh id is written into each payload, as a producer would.
  Batch next(PartitionLedger& ledger) {
    Batch batch;
    batch.messages().reserve(kBatch);
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::string& text = payloads_[at_];
      at_ = (at_ + 1) % payloads_.size();
      Uuid{random_(), random_() | 1}.write_to(text.data() + kIdAt);
      Message& message = batch.messages().emplace_back();
      message.payload = text;
      message.key = "agg-1";
      message.origin = {"", "system-events", 0, offset_, 1738232130123};
      message.ack = ledger.deliver(offset_++);
    }
    return batch;
  }

 private:
  static constexpr std::size_t kIdAt = 12;

  std::string payload(std::size_t i) {
    static const char* kTypes[] = {"SystemRegistered", "TaskCreated", "AuditLogin", "VulnerabilityFound",
                                   "RelationshipAdded"};
    std::string text =
        R"({"eventId":")" + std::string(36, '0') + R"(","eventType":")" + kTypes[i % 5] + R"(","aggregateId":"agg-)" +
        std::to_string(i) + R"(","aggregateType":"System","aggregateVersion":)" + std::to_string(i % 100) +
        R"(,"occurredOn":"2025-01-30T10:15:30.123Z","correlationId":"5c0a7d9b-4f13-4a6b-8e21-3f2b8c1e9d47","data":{"name":"host-)" +
        std::to_string(i) + R"(","tags":["a","b"],"n":12.5,"text":")";
    text.append(kEventBytes - 3 - text.size(), 'x').append("\"}}");
    return text;
  }

  std::mt19937_64 random_;
  std::vector<std::string> payloads_;
  std::size_t at_ = 0;
  Offset offset_ = 0;
};

struct Bench {
  Bench() {
    BuildContext context{"bench", "stage", 0, 1, clock, metrics, blocking, {}, {"events", "audit"}, {}, {}};
    decode = stages::make_decode({});
    dedupe = std::move(*stages::make_dedupe({}, context));
    route = std::move(
        *stages::make_route({.to = {{"Audit*", "audit"}, {"^.*Created$", "events"}, {"default", "events"}}}, context));
  }
  void process(Stage& stage, Batch& batch) {
    tasks.spawn("step", step(stage, batch, context));
    io.restart();
    io.run();
  }
  static Task<void> step(Stage& stage, Batch& batch, StageContext& context) {
    Result<void> done = co_await stage.process(batch, context);
    if (!done) throw std::runtime_error(done.error().message());
  }
  static void settle(Batch& batch) {
    for (Message& message : batch.messages()) {
      if (message.failure != nullptr) throw std::runtime_error(message.failure->error.message());
      std::move(message.ack).done(Settlement::stored);
    }
  }

  SystemClock clock;
  Metrics metrics;
  testing::InlineBlocking blocking;
  BenchContext context;
  boost::asio::io_context io{1};
  TaskGroup tasks{io.get_executor()};
  std::unique_ptr<Stage> decode;
  std::unique_ptr<Stage> dedupe;
  std::unique_ptr<Stage> route;
  PartitionLedger ledger{{"system-events", 0}, 1, 0};
  Events events;
};

enum Part : unsigned { kDecode = 1, kDedupe = 2, kRoute = 4 };

// Times the chosen parts; the others run with the clock stopped.
void run_parts(benchmark::State& state, unsigned timed) {
  Bench bench;
  const auto known = static_cast<std::size_t>(state.range(0));
  const auto run = [&](Batch& batch, bool measured) {
    for (const auto& [part, stage] :
         {std::pair{kDecode, bench.decode.get()}, {kDedupe, bench.dedupe.get()}, {kRoute, bench.route.get()}}) {
      const bool counts = measured && (timed & part) != 0;
      if (counts) state.ResumeTiming();
      bench.process(*stage, batch);
      if (counts) state.PauseTiming();
    }
    Bench::settle(batch);
  };
  for (std::size_t filled = 0; filled < known; filled += kBatch) {
    Batch batch = bench.events.next(bench.ledger);
    run(batch, false);
  }
  for (auto _ : state) {
    state.PauseTiming();
    Batch batch = bench.events.next(bench.ledger);
    run(batch, true);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  state.counters["per_message"] = benchmark::Counter(static_cast<double>(state.iterations()) * kBatch,
                                                     benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_Decode(benchmark::State& state) {
  run_parts(state, kDecode);
}
void BM_Dedupe(benchmark::State& state) {
  run_parts(state, kDedupe);
}
void BM_Route(benchmark::State& state) {
  run_parts(state, kRoute);
}
void BM_All(benchmark::State& state) {
  run_parts(state, kDecode | kDedupe | kRoute);
}

BENCHMARK(BM_Decode)->Arg(0);
BENCHMARK(BM_Dedupe)->Arg(0)->Arg(1'000'000);
BENCHMARK(BM_Route)->Arg(0);
BENCHMARK(BM_All)->Arg(1'000'000);

}  // namespace
}  // namespace weir

BENCHMARK_MAIN();
