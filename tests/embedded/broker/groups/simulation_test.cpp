#include "tests/embedded/broker/groups/simulation.hpp"

#include "pipeline/base/log.hpp"
#include "tests/samples.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::groups {
namespace {

using std::chrono::seconds;

class GroupSimulationTest : public ::testing::Test {
 protected:
  GroupSimulationTest() {
    log::redirect([](std::string_view) {});
  }
  ~GroupSimulationTest() override { log::redirect({}); }

  static void check(std::uint64_t seed, const Weather& weather, storage::Fsync fsync = storage::Fsync::always) {
    Simulation simulation(seed, 2 + static_cast<int>(seed % 6), fsync);
    simulation.run(seconds(120), weather);
    if (simulation.faults().empty()) simulation.calm_down();
    if (simulation.faults().empty()) simulation.check_calm();
    ASSERT_TRUE(simulation.faults().empty()) << "seed " << seed << ", " << simulation.faults().front();
  }
};

TEST_F(GroupSimulationTest, FineWeather) {
  for (std::uint64_t seed = 1; seed <= samples(6u) && !HasFatalFailure(); ++seed) check(seed, {});
}

TEST_F(GroupSimulationTest, ClientsComeAndGo) {
  for (std::uint64_t seed = 1; seed <= samples(10u) && !HasFatalFailure(); ++seed) check(seed, {.client_troubles = 5});
}

TEST_F(GroupSimulationTest, AnswersGetLost) {
  for (std::uint64_t seed = 1; seed <= samples(10u) && !HasFatalFailure(); ++seed) {
    check(seed, {.lost_answers = 10, .client_troubles = 3});
  }
}

TEST_F(GroupSimulationTest, TheBrokerDies) {
  for (std::uint64_t seed = 1; seed <= samples(10u) && !HasFatalFailure(); ++seed) check(seed, {.broker_deaths = 5});
}

TEST_F(GroupSimulationTest, EverythingAtOnce) {
  for (std::uint64_t seed = 1; seed <= samples(30u) && !HasFatalFailure(); ++seed) {
    check(seed, {.lost_answers = 8, .client_troubles = 4, .broker_deaths = 4});
  }
}

TEST_F(GroupSimulationTest, EverythingAtOnceWithoutFsync) {
  for (std::uint64_t seed = 1; seed <= samples(10u) && !HasFatalFailure(); ++seed) {
    check(seed, {.lost_answers = 8, .client_troubles = 4, .broker_deaths = 4}, storage::Fsync::never);
  }
}

}  // namespace
}  // namespace weir::embedded::broker::groups
