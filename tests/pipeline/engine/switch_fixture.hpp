// The fixture of tests that take another graph into use: RunnerTest, and the two phases of a switch.
#pragma once

#include "tests/pipeline/engine/runner_fixture.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::testing {

// A sink that writes down when it is opened and closed.
class WatchedSink final : public Sink {
 public:
  WatchedSink(std::unique_ptr<Sink> inner, std::string name, std::vector<std::string>& diary)
      : inner_(std::move(inner)), name_(std::move(name)), diary_(diary) {}
  Task<Result<void>> open() override {
    diary_.push_back("open " + name_);
    Result<void> opened = co_await inner_->open();
    co_return opened;
  }
  Task<Result<WriteReport>> write(MessageRefs messages) override { return inner_->write(messages); }
  void forget(MessageRefs messages) override { inner_->forget(messages); }
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override { return inner_->look_up(messages); }
  Task<void> close() override {
    diary_.push_back("close " + name_);
    co_await inner_->close();
  }

 private:
  std::unique_ptr<Sink> inner_;
  std::string name_;
  std::vector<std::string>& diary_;
};

// A stage that writes down which messages came through it, and hooks itself to their acks, as dedupe does.
class MarkingStage final : public Stage, public SettleHook {
 public:
  struct Seen {
    std::vector<std::string> ids;
    std::size_t settled = 0;
    bool gone = false;
  };
  explicit MarkingStage(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}
  ~MarkingStage() { seen_->gone = true; }
  Task<Result<void>> process(Batch& batch, StageContext&) override {
    for (Message& message : batch.messages()) {
      seen_->ids.push_back(id_of(message));
      message.ack.on_settle(*this, 0);
    }
    Result<void> done;
    co_return done;
  }
  void settled(std::uint64_t, Settlement) noexcept override { ++seen_->settled; }

 private:
  std::shared_ptr<Seen> seen_;
};

class SwitchTest : public RunnerTest {
 protected:
  static SwitchSettings only_stages() { return {.sinks_or_routes_changed = false, .drain = {}, .waiting = {}}; }
  static SwitchSettings other_sinks(Duration drain) { return {.drain = drain, .waiting = {}}; }

  SwitchTest() { use_marking_stage(); }

  // Stages made from now on write down what they see here.
  std::shared_ptr<MarkingStage::Seen> use_marking_stage() {
    seen_ = std::make_shared<MarkingStage::Seen>();
    kit_.make_stages = [seen = seen_](LaneIndex) {
      std::vector<NamedStage> stages;
      stages.push_back({"mark", std::make_unique<MarkingStage>(seen)});
      return stages;
    };
    return seen_;
  }
  // Sinks made from now on are written down under this name.
  void watch_sinks(const std::string& name) {
    kit_.wrap_sink = [this, name](std::unique_ptr<Sink> inner) {
      return std::make_unique<WatchedSink>(std::move(inner), name, diary_);
    };
  }
  // Sinks made from now on write to a store of their own, which is returned.
  std::shared_ptr<MemoryStore> use_another_store() {
    older_stores_.push_back(kit_.store);
    return kit_.store = std::make_shared<MemoryStore>();
  }

  GraphParts all_kept() { return kit_.make_graph(clock(), lanes_, {KeptSink{0}, KeptSink{1}}); }
  GraphParts events_replaced() { return kit_.make_graph(clock(), lanes_, {KeptSink{1}}); }
  GraphParts dlq_replaced() { return kit_.make_graph(clock(), lanes_, {KeptSink{0}}); }

  void begin(std::size_t lanes = 1) {
    lanes_ = lanes;
    start(lanes);
  }
  // Begins to prepare; the outcome is in prepared_.
  void prepare(GraphParts next, Duration limit = std::chrono::seconds(10)) {
    prepared_.reset();
    spawn("prepare", run_prepare(std::move(next), limit));
    run_until_idle();
  }
  // Begins to switch; the outcome is in report_.
  void switch_over(SwitchSettings settings) {
    report_.reset();
    waits_.clear();
    settings.waiting = [this](std::string why) {
      waits_.push_back(std::move(why));
    };
    spawn("switch", run_switch_over(std::move(settings)));
    run_until_idle();
  }
  void discard() {
    spawn("discard", run_discard());
    run_until_idle();
  }
  bool is_prepared() const { return prepared_.has_value() && prepared_->has_value(); }
  bool is_switched() const { return report_.has_value() && report_->switched; }

  Task<void> run_prepare(GraphParts next, Duration limit) {
    Result<void> done = co_await runner_->prepare(std::move(next), limit);
    prepared_.emplace(std::move(done));
  }
  Task<void> run_switch_over(SwitchSettings settings) {
    SwitchReport report = co_await runner_->switch_over(std::move(settings));
    report_.emplace(report);
  }
  Task<void> run_discard() { co_await runner_->discard(); }

  // All stores together: each record of the log is in one of them, once, and in each of its streams in order.
  void expect_all_stored_once() {
    std::map<std::string, int> times;
    for (const std::shared_ptr<MemoryStore>& store : stores()) {
      for (const std::string& stream : store->streams()) {
        for (const MemoryStore::Event& event : store->stream(stream)) ++times[event.id];
      }
    }
    EXPECT_EQ(times.size(), produced_);
    for (const auto& [id, n] : times) EXPECT_EQ(n, 1) << id;
  }
  std::vector<std::shared_ptr<MemoryStore>> stores() const {
    std::vector<std::shared_ptr<MemoryStore>> all = older_stores_;
    all.push_back(kit_.store);
    return all;
  }

  std::size_t lanes_ = 1;
  std::shared_ptr<MarkingStage::Seen> seen_;
  std::vector<std::string> diary_;
  std::optional<Result<void>> prepared_;
  std::optional<SwitchReport> report_;
  std::vector<std::string> waits_;
};

}  // namespace weir::testing
