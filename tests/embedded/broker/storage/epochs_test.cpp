#include "embedded/broker/storage/epochs.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::storage {
namespace {

using End = std::pair<std::int32_t, Offset>;

End ends(const EpochTable& table, std::int32_t epoch, Offset log_end = 100) {
  const EpochTable::End end = table.end_of(epoch, log_end);
  return {end.epoch, end.end};
}

TEST(EpochTable, AnswersAsKip101Wants) {
  EpochTable table;
  table.add(2, 10);
  table.add(5, 40);
  table.add(7, 60);
  EXPECT_EQ(ends(table, 7), End(7, 100));
  EXPECT_EQ(ends(table, 6), End(5, 60));
  EXPECT_EQ(ends(table, 5), End(5, 60));
  EXPECT_EQ(ends(table, 4), End(2, 40));
  EXPECT_EQ(ends(table, 2), End(2, 40));
  EXPECT_EQ(ends(table, 1), End(1, 10));
  EXPECT_EQ(ends(table, 8), End(-1, -1));
  EXPECT_EQ(ends(table, -1), End(-1, -1));
}

TEST(EpochTable, IgnoresWhatItKnowsAndWhatIsOlder) {
  EpochTable table;
  table.add(5, 10);
  table.add(5, 20);
  table.add(4, 30);
  EXPECT_EQ(table.starts(), (std::vector<EpochStart>{{5, 10}}));
}

TEST(EpochTable, AnEpochWithoutRecordsLeavesNoTrace) {
  EpochTable table;
  table.add(1, 0);
  table.add(2, 10);
  table.add(3, 10);
  EXPECT_EQ(table.starts(), (std::vector<EpochStart>{{1, 0}, {3, 10}}));
  EXPECT_EQ(ends(table, 2), End(1, 10));
}

TEST(EpochTable, ForgetsWhatRetentionTook) {
  EpochTable table;
  table.add(1, 0);
  table.add(2, 10);
  table.add(3, 20);
  table.forget_before(15);
  EXPECT_EQ(table.starts(), (std::vector<EpochStart>{{2, 15}, {3, 20}}));
  EXPECT_EQ(ends(table, 1), End(1, 15));
  table.forget_before(20);
  EXPECT_EQ(table.starts(), (std::vector<EpochStart>{{3, 20}}));
  table.forget_before(5);
  EXPECT_EQ(table.starts(), (std::vector<EpochStart>{{3, 20}}));
}

TEST(EpochTable, AnEmptyOneKnowsNothing) {
  EXPECT_EQ(ends(EpochTable(), 0), End(-1, -1));
}

}  // namespace
}  // namespace weir::embedded::broker::storage
