#include "pipeline/control/process_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <unistd.h>

namespace weir {
namespace {

void be_stopped_during_a_start() {
  const ProcessSignals signals;
  const StopSignalsEndProcess during_start;
  ::kill(::getpid(), SIGTERM);
  while (true) ::pause();
}

TEST(ProcessSignalsDeathTest, AStopDuringAStartEndsTheProcess) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(be_stopped_during_a_start(), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(ProcessSignalsTest, AfterTheStartStopsAreHandedOut) {
  ProcessSignals signals;
  {
    const StopSignalsEndProcess during_start;
  }
  EXPECT_FALSE(signals.interrupted());
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(signals.wait(std::chrono::seconds(10)), ProcessSignals::Event::stop);
  EXPECT_EQ(signals.take(), std::nullopt);
  EXPECT_TRUE(signals.interrupted());
}

void be_told_to_stop_once_more_while_stopping() {
  {
    ProcessSignals signals;
    ::kill(::getpid(), SIGTERM);
    signals.wait(std::nullopt);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::kill(::getpid(), signal);
  }
  std::exit(7);
}

TEST(ProcessSignalsDeathTest, StopsThatNobodyTookLeaveTheExitCodeAlone) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(be_told_to_stop_once_more_while_stopping(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace weir
