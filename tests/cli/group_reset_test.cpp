#include "cli/kafka/group_reset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;

const TopicPartition kPlace{"t", 0};

OffsetMove move_of(const ResetTarget& target, Offset committed, Offset at_time = -1) {
  const Result<std::vector<OffsetMove>> moves = plan_reset(target, {{kPlace, committed, 10, 20, at_time}});
  if (!moves) ADD_FAILURE() << moves.error().message();
  return moves->at(0);
}

TEST(GroupReset, EveryKindOfTarget) {
  using To = ResetTarget::To;
  EXPECT_EQ(move_of({To::start, 0}, 15), (OffsetMove{kPlace, 15, 10, false}));
  EXPECT_EQ(move_of({To::end, 0}, -1), (OffsetMove{kPlace, -1, 20, false}));
  EXPECT_EQ(move_of({To::offset, 12}, 15), (OffsetMove{kPlace, 15, 12, false}));
  EXPECT_EQ(move_of({To::timestamp, 999}, 15, 17), (OffsetMove{kPlace, 15, 17, false}));
  EXPECT_EQ(move_of({To::shift, -3}, 15), (OffsetMove{kPlace, 15, 12, false}));
  EXPECT_EQ(move_of({To::shift, 5}, 15), (OffsetMove{kPlace, 15, 20, false}));
}

TEST(GroupReset, StaysWithinWhatThePartitionHas) {
  using To = ResetTarget::To;
  EXPECT_EQ(move_of({To::offset, 0}, 15), (OffsetMove{kPlace, 15, 10, true}));
  EXPECT_EQ(move_of({To::offset, 99}, 15), (OffsetMove{kPlace, 15, 20, true}));
  EXPECT_EQ(move_of({To::shift, std::numeric_limits<std::int64_t>::max()}, 15), (OffsetMove{kPlace, 15, 20, true}));
  EXPECT_EQ(move_of({To::shift, -std::numeric_limits<std::int64_t>::max()}, 15), (OffsetMove{kPlace, 15, 10, true}));
  EXPECT_EQ(move_of({To::shift, -1}, 5), (OffsetMove{kPlace, 5, 10, true})) << "what was committed is long gone";
}

TEST(GroupReset, AShiftNeedsSomethingToCountFrom) {
  const Result<std::vector<OffsetMove>> moves = plan_reset({ResetTarget::To::shift, 1}, {{kPlace, -1, 10, 20, -1}});
  ASSERT_TRUE(moves.has_error());
  EXPECT_EQ(moves.error().code(), Errc::invalid_argument);
  EXPECT_THAT(moves.error().message(), HasSubstr("t/0"));
}

}  // namespace
}  // namespace weir::cli
