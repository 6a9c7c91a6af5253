#include "cli/kafka/topic_reading.hpp"

#include "pipeline/testing/manual_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace weir::cli {
namespace {

using connectors::kafka::ReadResult;
using connectors::kafka::ReadStart;
using connectors::kafka::RecordReader;
using connectors::kafka::StoredRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A topic in memory. Hands out a few records per read, partition by partition.
class FakeReader final : public RecordReader {
 public:
  void put(Partition partition, Offset offset, std::int64_t time, const std::string& value = "v") {
    StoredRecord record;
    record.partition = partition;
    record.offset = offset;
    record.timestamp_ms = time;
    record.value = value;
    topic_[partition].push_back(record);
  }
  Result<void> start(const std::vector<ReadStart>& starts) override {
    ++started;
    positions_.clear();
    for (const ReadStart& place : starts) positions_[place.partition] = place.offset;
    return Result<void>();
  }
  Result<ReadResult> read(Duration) override {
    ReadResult out;
    if (dead) return out;
    for (auto& [partition, position] : positions_) {
      bool more = false;
      for (const StoredRecord& record : topic_[partition]) {
        if (record.offset < position) continue;
        more = true;
        out.records.push_back(record);
        ++delivered;
        position = record.offset + 1;
        if (out.records.size() % 3 == 0) break;
      }
      if (!more) out.at_end.push_back(partition);
    }
    return out;
  }

  bool dead = false;
  int started = 0;
  int delivered = 0;

 private:
  std::map<Partition, std::vector<StoredRecord>> topic_;
  std::map<Partition, Offset> positions_;
};

class TopicReadingTest : public ::testing::Test {
 protected:
  TakeRecord collect() {
    return [this](const StoredRecord& record) {
      seen_.push_back(std::to_string(record.partition) + "/" + std::to_string(record.offset));
      return seen_.size() < most_;
    };
  }
  static TakeRecord every() {
    return [](const StoredRecord&) {
      return true;
    };
  }
  std::vector<std::string> newest(const std::vector<PartitionSpan>& spans, std::uint64_t count,
                                  const TakeRecord& wanted = every()) {
    const Result<std::vector<StoredRecord>> records = read_newest(reader_, spans, count, care_, wanted);
    if (!records) return {records.error().message()};
    std::vector<std::string> places;
    for (const StoredRecord& record : *records)
      places.push_back(std::to_string(record.partition) + "/" + std::to_string(record.offset));
    return places;
  }

  boost::asio::io_context io_{1};
  testing::ManualClock clock_{io_};
  bool go_on_ = true;
  const ReadingCare care_{clock_, std::chrono::seconds(1), [this] {
                            clock_.advance(std::chrono::milliseconds(100));
                            return go_on_;
                          }};
  FakeReader reader_;
  std::vector<std::string> seen_;
  std::size_t most_ = 1000;
};

TEST_F(TopicReadingTest, WhereASpanIsBegun) {
  const PartitionSpan span{0, 10, 20};
  EXPECT_EQ(begin_in(span, {TailStart::From::start, 0}), 10);
  EXPECT_EQ(begin_in(span, {TailStart::From::end, 0}), 20);
  EXPECT_EQ(begin_in(span, {TailStart::From::offset, 15}), 15);
  EXPECT_EQ(begin_in(span, {TailStart::From::offset, 5}), 10);
  EXPECT_EQ(begin_in(span, {TailStart::From::offset, 99}), 20);
  EXPECT_EQ(begin_in(span, {TailStart::From::before_end, 3}), 17);
  EXPECT_EQ(begin_in(span, {TailStart::From::before_end, std::numeric_limits<Offset>::max()}), 10);
}

TEST_F(TopicReadingTest, SpansAreReadToTheirEndsAndNoFurther) {
  for (Offset offset = 0; offset < 10; ++offset) {
    reader_.put(0, offset, 100);
    reader_.put(1, offset, 100);
  }
  const Result<bool> whole = read_spans(reader_, {{0, 2, 5}, {1, 9, 10}, {2, 4, 4}}, care_, collect());
  ASSERT_TRUE(whole.has_value());
  EXPECT_TRUE(*whole);
  EXPECT_THAT(seen_, ::testing::UnorderedElementsAre("0/2", "0/3", "0/4", "1/9"));
}

TEST_F(TopicReadingTest, AHoleAtTheEndOfASpanDoesNotHoldItUp) {
  reader_.put(0, 0, 100);
  reader_.put(0, 1, 100);  // 2 … 9 were compacted away, or are markers of transactions
  EXPECT_TRUE(*read_spans(reader_, {{0, 0, 10}}, care_, collect()));
  reader_.put(0, 12, 100);  // written since: beyond the span
  EXPECT_TRUE(*read_spans(reader_, {{0, 0, 10}}, care_, collect()));
  EXPECT_THAT(seen_, ElementsAre("0/0", "0/1", "0/0", "0/1"));
}

TEST_F(TopicReadingTest, TheTakerAndTheSignalEndTheReading) {
  for (Offset offset = 0; offset < 10; ++offset) reader_.put(0, offset, 100);
  most_ = 2;
  EXPECT_FALSE(*read_spans(reader_, {{0, 0, 10}}, care_, collect()));
  EXPECT_EQ(seen_.size(), 2u);
  most_ = 1000;
  go_on_ = false;
  EXPECT_FALSE(*read_spans(reader_, {{0, 0, 10}}, care_, collect()));
  EXPECT_LT(seen_.size(), 10u);
}

TEST_F(TopicReadingTest, ABrokerThatBringsNothingMoreIsAnError) {
  reader_.put(0, 0, 100);
  reader_.dead = true;
  const Result<bool> read = read_spans(reader_, {{0, 0, 1}}, care_, collect());
  ASSERT_TRUE(read.has_error());
  EXPECT_EQ(read.error().code(), Errc::unavailable);
  EXPECT_THAT(read.error().message(), HasSubstr("partition 0"));
}

TEST_F(TopicReadingTest, TheNewestOverAllPartitionsInOrderOfTime) {
  for (Offset offset = 0; offset < 20; ++offset) {
    reader_.put(0, offset, 1000 + 10 * offset);
    reader_.put(1, offset, 1005 + 10 * offset);
    reader_.put(2, offset, 1 + offset);  // old ones
  }
  EXPECT_THAT(newest({{0, 0, 20}, {1, 0, 20}, {2, 0, 20}}, 3), ElementsAre("1/18", "0/19", "1/19"));
  EXPECT_THAT(newest({{0, 0, 0}}, 3), IsEmpty());
  EXPECT_THAT(newest({{0, 0, 20}}, 0), IsEmpty());
}

TEST_F(TopicReadingTest, FewerThanAskedForAreAllOfThem) {
  reader_.put(0, 7, 2);
  reader_.put(1, 3, 1);
  EXPECT_THAT(newest({{0, 7, 8}, {1, 3, 4}}, 10), ElementsAre("1/3", "0/7"));
}

TEST_F(TopicReadingTest, HolesMakeItReadFurtherBack) {
  for (Offset offset = 0; offset < 1000; offset += 100) reader_.put(0, offset, offset);
  EXPECT_THAT(newest({{0, 0, 1000}}, 4), ElementsAre("0/600", "0/700", "0/800", "0/900"));
}

TEST_F(TopicReadingTest, OnlyWantedRecordsCount) {
  for (Offset offset = 0; offset < 500; ++offset) reader_.put(0, offset, offset, offset % 50 == 0 ? "yes" : "no");
  const TakeRecord wanted = [](const StoredRecord& record) {
    return record.value == "yes";
  };
  EXPECT_THAT(newest({{0, 0, 500}}, 2, wanted), ElementsAre("0/400", "0/450"));
  EXPECT_LT(reader_.delivered, 500) << "the stretch that was needed, not the whole topic";
  EXPECT_EQ(newest({{0, 0, 500}}, 100, wanted).size(), 10u);
}

TEST_F(TopicReadingTest, FollowingGoesOnUntilItIsEnded) {
  reader_.put(0, 5, 100);
  reader_.put(0, 6, 100);
  most_ = 2;
  ASSERT_TRUE(follow_topic(reader_, {{0, 5}}, care_, collect()).has_value());
  EXPECT_THAT(seen_, ElementsAre("0/5", "0/6"));
  go_on_ = false;
  reader_.dead = true;
  EXPECT_TRUE(follow_topic(reader_, {{0, 5}}, care_, collect()).has_value()) << "silence is no error here";
}

}  // namespace
}  // namespace weir::cli
