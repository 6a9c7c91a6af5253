#include "connectors/kafka/topic_question.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/testing/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TopicQuestionTest : public weir::testing::VirtualTimeTest {
 protected:
  TopicQuestionTest() {
    log::redirect([this](std::string_view line) { log_ += line; });
  }
  ~TopicQuestionTest() override { log::redirect({}); }

  std::map<std::string, TopicFacts> topics_;
  std::vector<std::string> asked_;
  std::string log_;
  TopicQuestion question_{[this](const ClusterSettings&, const std::string& topic) -> Result<TopicFacts> {
                            asked_.push_back(topic);
                            const auto found = topics_.find(topic);
                            if (found == topics_.end()) return Error(Errc::not_found, "there is no '" + topic + "'");
                            return found->second;
                          },
                          clock()};
};

TEST_F(TopicQuestionTest, ATopicThatStaysAwayIsSaidAgainEachMinute) {
  for (int seconds = 0; seconds < 170; seconds += 10, advance(std::chrono::seconds(10)))
    EXPECT_TRUE(question_.find({}, "out").has_error());
  std::size_t lines = 0;
  for (std::size_t at = log_.find("still waiting for a topic"); at != std::string::npos;
       at = log_.find("still waiting for a topic", at + 1))
    ++lines;
  EXPECT_EQ(lines, 2u) << log_;
  EXPECT_THAT(log_, HasSubstr("\"topic\":\"out\",\"seconds\":60,\"error\":\"there is no 'out'\""));
  EXPECT_THAT(log_, HasSubstr("\"seconds\":120"));
  log_.clear();
  topics_["out"] = {};
  advance(std::chrono::seconds(10));
  EXPECT_TRUE(question_.find({}, "out").has_value());
  EXPECT_EQ(log_, "");
}

TEST_F(TopicQuestionTest, WhatIsThereIsAskedForOnce) {
  topics_["out"] = {};
  EXPECT_TRUE(question_.find({}, "out").has_value());
  EXPECT_TRUE(question_.find({}, "out").has_value());
  EXPECT_THAT(asked_, ElementsAre("out"));
  const Result<void> missing = question_.find({}, "other");
  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().code(), Errc::not_found);
}

TEST_F(TopicQuestionTest, WarnsOnceOfRecordsTooLargeForTheDeadLetters) {
  topics_["big"] = {10'000'000};
  topics_["small"] = {900'000};
  topics_["dlq"] = {1'048'588};
  question_.add_source("big");
  question_.add_source("small");
  question_.add_source("missing");
  question_.compare_with_sources({}, "dlq");
  EXPECT_THAT(log_, HasSubstr("\"topic\":\"big\",\"max_message_bytes\":10000000"));
  EXPECT_THAT(log_, HasSubstr("\"dead_letter_topic\":\"dlq\",\"its_max_message_bytes\":1048588"));
  EXPECT_THAT(log_, ::testing::Not(HasSubstr("small")));
  log_.clear();
  question_.compare_with_sources({}, "dlq");
  EXPECT_EQ(log_, "");
}

TEST_F(TopicQuestionTest, TheSameLimitIsTooLittleForALettersHeaders) {
  topics_["orders"] = {1'048'588};
  topics_["dlq"] = {1'048'588};
  question_.add_source("orders");
  question_.compare_with_sources({}, "dlq");
  EXPECT_EQ(log_, "") << "it is what nearly everybody has; a letter is seldom as large";
}

}  // namespace
}  // namespace weir::connectors::kafka
