#include "cli/verbs.hpp"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

TEST(ExitCodesTest, ARefusedDeadLetterHasItsOwn) {
  EXPECT_EQ(exit_code_of_run(Error(Errc::data, "the sink 'dlq' refuses the dead letter")),
            ExitCode::dead_letter_refused);
  EXPECT_EQ(static_cast<int>(ExitCode::dead_letter_refused), 6) << "scripts rely on it";
  EXPECT_EQ(exit_code_of_run(Error(Errc::invalid_argument, "a sink refuses its settings")), ExitCode::failed);
  EXPECT_EQ(exit_code_of_run(Error(Errc::internal, "a bug")), ExitCode::failed);
}

TEST(ExitCodesTest, APlanWithChangesHasItsOwn) {
  EXPECT_EQ(static_cast<int>(ExitCode::changes), 7) << "scripts rely on it";
}

}  // namespace
}  // namespace weir::cli
