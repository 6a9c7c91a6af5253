// Two hundred configurations, one after the other, while records keep coming: nothing is lost, doubled or reordered, and
// nobody rejoins who need not.
#include "tests/pipeline/control/reload_kit.hpp"

#include <random>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kChanges = 200;
constexpr Partition kPartitions = 3;

class ReloadStorm : public ReloadTestBase, public ::testing::WithParamInterface<unsigned> {
 protected:
  unsigned pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

  // What of a plan may change.
  struct Draw {
    unsigned stages = 0;
    unsigned stores = 0;
    unsigned to = 0;
    unsigned group = 0;
    bool second = false;
    bool broken = false;
  };
  void change(Draw& draw) {
    switch (pick(6)) {
      case 0:
        draw.stages = pick(4);
        break;
      case 1:
        draw.stores = pick(3);
        break;
      case 2:
        draw.to = pick(2);
        break;
      case 3:
        draw.group = pick(8) == 0 ? draw.group + 1 : draw.group;
        break;
      case 4:
        draw.second = !draw.second;
        break;
      default:
        draw.broken = true;
    }
  }
  static std::string yaml(const Draw& draw) {
    static const std::string kLooks[] = {"", "{ look: { tag: a } }, ", "{ look: { tag: b } }, ",
                                         "{ look: { tag: b } }, { look: { tag: a } }, "};
    const std::string to = draw.to == 0 ? "left" : "right";
    const std::string broken = draw.broken ? ", more: { store: { store: x, broken: true } }" : "";
    std::string text = "pipelines:\n" + pipeline("main", "log: main, group: g" + std::to_string(draw.group),
                                                 kLooks[draw.stages] + "{ pick: { to: " + to + " } }",
                                                 "left: { store: { store: main" + std::to_string(draw.stores) +
                                                     " } }, right: { store: { store: other } }, dlq: { store: { store: "
                                                     "letters } }" +
                                                     broken,
                                                 "reload: { drain: 200ms }");
    if (draw.second) text += pipeline("second", "log: second", "", "events: { store: { store: seconds } }");
    return text;
  }

  // Streams come in the order they were read, within each store.
  void check_order(const std::string& store) {
    for (const std::string& stream : world_.store(store)->streams()) {
      std::map<std::string, long> newest;
      for (const std::string& id : stored(store, stream)) {
        const std::size_t slash = id.rfind('/');
        const long offset = std::stol(id.substr(slash + 1));
        long& before = newest.emplace(id.substr(0, slash), -1).first->second;
        EXPECT_GT(offset, before) << store << " " << stream;
        before = offset;
        EXPECT_TRUE(seen_.insert(store == "seconds" ? "second " + id : id).second) << id << " is stored twice";
      }
    }
  }
  Outcome fate() {
    static constexpr Outcome::Kind kKinds[] = {Outcome::Kind::fail, Outcome::Kind::unknown,
                                               Outcome::Kind::first_half_only};
    const auto delay = std::chrono::milliseconds(pick(40));
    if (pick(12) != 0) return {.delay = delay};
    return {.kind = kKinds[pick(3)], .took_effect = pick(2) == 0, .delay = delay};
  }

  std::mt19937 random_{GetParam()};
  std::set<std::string> seen_;
};

TEST_P(ReloadStorm, I7_NothingIsLostDoubledOrReordered) {
  for (const char* store : {"main0", "main1", "main2", "other", "seconds"})
    world_.store(store)->set_script([this](const MemoryStore::Append&) { return fate(); });
  for (Partition partition = 0; partition < kPartitions; ++partition) {
    world_.append("main", partition, "k0");
    world_.append("second", partition, "k0");
  }
  Supervisor supervisor(parts());
  Draw draw;
  ASSERT_TRUE(run(supervisor.apply(parse(yaml(draw)))).has_value());
  std::size_t joins = 1;
  std::size_t refused = 0;
  for (int i = 0; i < kChanges; ++i) {
    Draw next = draw;
    change(next);
    for (unsigned n = pick(8); n > 0; --n) {
      const char* log = pick(4) == 0 ? "second" : "main";
      world_.append(log, static_cast<Partition>(pick(kPartitions)), "k" + std::to_string(pick(5)));
    }
    advance(std::chrono::milliseconds(pick(60)));
    const Result<ReloadReport> report = run(supervisor.apply(parse(yaml(next))));
    ASSERT_EQ(report.has_error(), next.broken);
    refused += next.broken ? 1 : 0;
    next.broken = false;
    if (report.has_error()) continue;
    if (next.group != draw.group) ++joins;
    draw = next;
  }
  EXPECT_GT(refused, 5u);
  draw.second = true;
  ASSERT_TRUE(run(supervisor.apply(parse(yaml(draw)))).has_value());
  run(supervisor.wait_until_idle(1s));
  EXPECT_EQ(world_.count("join main"), joins) << "only another group is a reason to rejoin";
  for (const char* store : {"main0", "main1", "main2", "other", "seconds"}) check_order(store);
  for (const char* log : {"main", "second"}) {
    for (const TopicPartition& id : world_.log(log)->partitions()) {
      EXPECT_EQ(world_.log(log)->committed(id), world_.log(log)->end(id)) << log << " " << id.partition;
      for (Offset offset = 0; offset < world_.log(log)->end(id); ++offset) {
        const std::string name = "t/" + std::to_string(id.partition) + "/" + std::to_string(offset);
        EXPECT_TRUE(seen_.contains(log == std::string("second") ? "second " + name : name)) << log << " " << name;
      }
    }
  }
  EXPECT_EQ(world_.store("letters")->events(), 0u);
  EXPECT_TRUE(run(supervisor.drain(clock().now() + 1min)));
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReloadStorm, ::testing::Range(1u, 9u));

}  // namespace
}  // namespace weir::testing
