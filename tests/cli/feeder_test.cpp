#include "cli/kafka/feeder.hpp"

#include "connectors/kafka/fake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <sstream>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FeederTest : public ::testing::Test {
 protected:
  FeederTest() {
    kafka_.create_topic("t", 1);
    EXPECT_TRUE(producer_->open().has_value());
  }
  ~FeederTest() override { producer_->close({}); }

  FeedReport feed(const std::string& text) {
    Feeder feeder(*producer_, io_, [this](const std::string& what) { complaints_.push_back(what); });
    if (stops_) feeder.stop_by(stops_);
    feeder.on_silence([this](std::size_t waiting, const std::string& first) {
      silences_.push_back(std::to_string(waiting) + " from " + first);
    });
    std::istringstream in(text);
    feeder.feed(in, "f.jsonl");
    return feeder.finish();
  }

  std::vector<std::string> payloads() const {
    std::vector<std::string> out;
    for (const auto& record : kafka_.records("t", 0)) out.push_back(record.payload.value_or("(null)"));
    return out;
  }

  boost::asio::io_context io_{1};
  connectors::kafka::FakeKafka kafka_{io_.get_executor()};
  std::shared_ptr<connectors::kafka::ProducerClient> producer_ = kafka_.producer();
  std::vector<std::string> complaints_;
  std::function<unsigned()> stops_;
  std::vector<std::string> silences_;
};

TEST_F(FeederTest, SendsEveryRecordInOrder) {
  const FeedReport report = feed(
      "{\"topic\":\"t\",\"key\":\"k\",\"headers\":{\"h\":\"1\"},\"value\":{\"a\":1}}\n\n"
      "{\"topic\":\"t\",\"value\":null}\n{\"topic\":\"t\",\"value\":\"\"}");
  EXPECT_EQ(report.delivered, 3u);
  EXPECT_EQ(report.refused, 0u);
  EXPECT_FALSE(report.stopped);
  EXPECT_THAT(payloads(), ElementsAre("{\"a\":1}", "(null)", ""));
  const auto records = kafka_.records("t", 0);
  EXPECT_EQ(records[0].key, "k");
  EXPECT_EQ(records[1].key, std::nullopt);
  ASSERT_EQ(records[0].headers.size(), 1u);
}

TEST_F(FeederTest, ABadLineIsNamedAndSkipped) {
  const FeedReport report = feed("{\"topic\":\"t\",\"value\":\"1\"}\nnonsense\n{\"topic\":\"t\",\"value\":\"2\"}\n");
  EXPECT_EQ(report.delivered, 2u);
  EXPECT_EQ(report.refused, 1u);
  EXPECT_THAT(complaints_, ElementsAre(HasSubstr("f.jsonl:2: is not valid JSON")));
  EXPECT_THAT(payloads(), ElementsAre("1", "2"));
}

TEST_F(FeederTest, ARecordThatTheBrokerCanNeverTakeIsRefused) {
  kafka_.fail_deliveries(0, 1, Error(Errc::too_large, "larger than the broker's limit"));
  const FeedReport report = feed("{\"topic\":\"t\",\"value\":\"1\"}\n{\"topic\":\"t\",\"value\":\"2\"}\n");
  EXPECT_EQ(report.delivered, 1u);
  EXPECT_EQ(report.refused, 1u);
  EXPECT_FALSE(report.stopped);
  EXPECT_THAT(complaints_, ElementsAre(HasSubstr("f.jsonl:1: larger")));
}

TEST_F(FeederTest, ABrokerThatFailsStopsTheFeed) {
  kafka_.fail_deliveries(1, 1, Error(Errc::unknown_outcome, "timed out"));
  std::string text;
  constexpr int kLines = 30'000;
  for (int i = 0; i < kLines; ++i) text += "{\"topic\":\"t\",\"value\":\"x\"}\n";
  const FeedReport report = feed(text);
  EXPECT_TRUE(report.stopped);
  EXPECT_LT(report.delivered, 25'000u) << "went on long after the failure";
  EXPECT_THAT(complaints_, ElementsAre(HasSubstr("f.jsonl:2: timed out")));
}

TEST_F(FeederTest, AStopEndsTheInputAndWaitsForWhatIsOut) {
  kafka_.cork_deliveries(true);
  stops_ = [&, asked = 0]() mutable {
    if (++asked == 2) kafka_.cork_deliveries(false);
    return 1u;
  };
  std::string text;
  for (int i = 0; i < 10'005; ++i) text += "{\"topic\":\"t\",\"value\":\"x\"}\n";
  const FeedReport report = feed(text);
  EXPECT_EQ(report.interrupted_at, "f.jsonl:10001");
  EXPECT_EQ(report.delivered, 10'000u);
  EXPECT_EQ(report.unanswered, 0u);
}

TEST_F(FeederTest, ASecondStopGivesUpWhatIsOut) {
  unsigned stops = 0;
  stops_ = [&] {
    return ++stops;
  };
  const std::string line = "{\"topic\":\"t\",\"value\":\"x\"}\n";
  kafka_.cork_deliveries(true);
  const FeedReport report = feed(line + line + line);
  EXPECT_EQ(report.delivered, 0u);
  EXPECT_EQ(report.unanswered, 3u);
  EXPECT_EQ(report.first_unanswered, "f.jsonl:1");
  EXPECT_EQ(report.interrupted_at, "") << "all of the input was sent";
  EXPECT_EQ(stops, 2u);
  EXPECT_THAT(silences_, ElementsAre());
}

TEST_F(FeederTest, ALongSilenceIsToldOnce) {
  kafka_.cork_deliveries(true);
  stops_ = [this, looks = 0]() mutable {
    constexpr int kMostLooks = 100;
    if (++looks == kMostLooks) kafka_.cork_deliveries(false);
    return silences_.empty() ? 0u : 2u;
  };
  const std::string line = "{\"topic\":\"t\",\"value\":\"x\"}\n";
  EXPECT_EQ(feed(line + line).unanswered, 2u);
  EXPECT_THAT(silences_, ElementsAre("2 from f.jsonl:1"));
}

}  // namespace
}  // namespace weir::cli
