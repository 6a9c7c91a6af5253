// Random histories of a group: processes that start, stop, die and are taken for dead, over a store that fails.
#include "testkit/store_faults.hpp"
#include "tests/samples.hpp"
#include "tests/testkit/kit.hpp"

#include <memory>
#include <random>

namespace weir::testkit {
namespace {

using namespace std::chrono_literals;

// One history, drawn from its seed.
class History {
 public:
  explicit History(unsigned seed) : random_(seed), world_(World::Settings{.partitions = 3}) {
    world_.know(plan());
    world_.store().on_every_append([this](const auto&) { return draw_fault(); });
  }

  std::string run() {
    for (int step = 0; step < 40; ++step) {
      take_step();
      world_.advance(std::chrono::milliseconds(draw(3'000)));
    }
    faulty_ = false;
    for (const auto& process : processes_) process->lose_heartbeats(false);
    start();
    const Waited waited = world_.run_until_idle();
    if (!waited) return "it never settles\n" + waited.why;
    for (const auto& process : processes_) {
      if (process->failure()) return process->name() + ": " + process->failure()->message();
      if (process->running() && !process->stop()) return process->name() + " does not stop";
    }
    return missing_doubled_or_out_of_order(world_, produced_);
  }

 private:
  static const Topology& plan() {
    static const Topology one = plan_of(kOrders);
    return one;
  }
  unsigned draw(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

  std::optional<connectors::eventstoredb::FakeStore::Fault> draw_fault() {
    if (!faulty_ || draw(5) > 0) return std::nullopt;
    switch (draw(4)) {
      case 0:
        return *store_fault("timeout_after_commit");
      case 1:
        return *store_fault("timeout_before_commit");
      case 2:
        return *store_fault("unavailable");
      default:
        return *store_fault("slow", 2s);
    }
  }

  void start() {
    Process::Settings settings;
    settings.name = "weir-" + std::to_string(processes_.size() + 1);
    processes_.push_back(std::make_unique<Process>(world_, plan(), settings));
    static_cast<void>(processes_.back()->start());
  }

  void take_step() {
    const int more = static_cast<int>(draw(20));
    produce_orders(world_, produced_, produced_ + more);
    produced_ += more;
    const unsigned what = draw(8);
    if (processes_.empty() || what == 0) return start();
    Process& one = *processes_[draw(static_cast<unsigned>(processes_.size()))];
    if (!one.running()) return;
    if (what == 1) static_cast<void>(one.stop(std::chrono::seconds(1 + draw(20))));
    if (what == 2) one.crash();
    if (what == 3) one.lose_heartbeats(draw(2) == 0);
    if (what == 4) world_.kafka().rebalance("order-writer");
    if (what == 5) one.at_message(one.messages_read() + 1 + draw(10), [&one] { one.crash(); });
  }

  std::mt19937 random_;
  World world_;
  std::vector<std::unique_ptr<Process>> processes_;
  int produced_ = 0;
  bool faulty_ = true;
};

TEST_F(WorldTest, RandomHistoriesOfAGroupLoseDoubleAndReorderNothing) {
  const unsigned histories = samples(15U);
  for (unsigned seed = 1; seed <= histories; ++seed) {
    History history(seed);
    ASSERT_EQ(history.run(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::testkit
