// Questions that fail as a whole: who is found to be to blame, and with how many questions.
#include "connectors/kafka/offset_question.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::Le;

// Partition p ends at 100 + p.
class OffsetQuestionTest : public ::testing::Test {
 protected:
  Result<OffsetAnswers> answer(const std::vector<TopicPartition>& ids) {
    ++questions_;
    OffsetAnswers offsets;
    for (const TopicPartition& id : ids) {
      if (bad_.contains(id.partition)) return error_;
      offsets.emplace_back(100 + id.partition);
    }
    return offsets;
  }
  // -1: unknown.
  std::vector<Offset> ask(Partition count) {
    std::vector<TopicPartition> ids;
    for (Partition partition = 0; partition < count; ++partition) ids.push_back({"t", partition});
    questions_ = 0;
    const OffsetAnswers answers =
        ask_in_parts(ids, [this](const std::vector<TopicPartition>& part) { return answer(part); }, budget_);
    std::vector<Offset> offsets;
    for (const Result<Offset>& one : answers) offsets.push_back(one ? *one : -1);
    return offsets;
  }

  std::set<Partition> bad_;
  Error error_ = Error(Errc::io, "Kafka at h:1: Broker: Disk error");
  int budget_ = 1000;
  int questions_ = 0;
};

TEST_F(OffsetQuestionTest, OneQuestionIsEnoughWhereAllIsWell) {
  EXPECT_THAT(ask(3), ElementsAre(100, 101, 102));
  EXPECT_EQ(questions_, 1);
  EXPECT_TRUE(ask(0).empty());
  EXPECT_EQ(questions_, 0);
}

TEST_F(OffsetQuestionTest, OnlyThePartitionsThatFailAreUnknown) {
  bad_ = {1, 4};
  EXPECT_THAT(ask(5), ElementsAre(100, -1, 102, 103, -1));
  bad_ = {700};
  const std::vector<Offset> many = ask(1024);
  EXPECT_EQ(std::ranges::count(many, -1), 1);
  EXPECT_EQ(many[700], -1);
  EXPECT_THAT(questions_, Le(21));
  bad_ = {0};
  EXPECT_THAT(ask(1), ElementsAre(-1));
  EXPECT_EQ(questions_, 1);
}

TEST_F(OffsetQuestionTest, NobodyIsAskedAgainWhenNobodyAnswers) {
  bad_ = {1};
  for (const Error& error : {Error(Errc::unknown_outcome, "Kafka at h:1 did not answer within 10 s"),
                             Error(Errc::unavailable, "Kafka at h:1 cannot be reached: Connection refused"),
                             Error(Errc::unauthenticated, "Kafka at h:1 refused the connection: no such user")}) {
    error_ = error;
    EXPECT_THAT(ask(4), ElementsAre(-1, -1, -1, -1));
    EXPECT_EQ(questions_, 1) << error.message();
  }
}

TEST_F(OffsetQuestionTest, TheNumberOfQuestionsIsBounded) {
  for (Partition partition = 0; partition < 5000; ++partition) bad_.insert(partition);
  budget_ = 50;
  EXPECT_EQ(std::ranges::count(ask(5000), -1), 5000);
  EXPECT_EQ(questions_, 50);
  EXPECT_EQ(budget_, 0);
}

}  // namespace
}  // namespace weir::connectors::kafka
