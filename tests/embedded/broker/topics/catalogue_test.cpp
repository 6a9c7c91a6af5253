#include "embedded/broker/topics/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

const Uuid kFirst{1, 1};
const Uuid kSecond{2, 2};

TEST(Catalogue, EntriesGiveBackWhatTheySay) {
  Catalogue catalogue;
  const TopicConfig config{{{"retention.ms", "5"}, {"segment.bytes", "1000"}}};
  ASSERT_TRUE(catalogue.replay(topic_created(kFirst, "orders", 3, config)));
  ASSERT_TRUE(catalogue.replay(topic_created(kSecond, "users", 1, {})));
  ASSERT_TRUE(catalogue.replay(topic_grown(kFirst, 7)));
  ASSERT_TRUE(catalogue.replay(topic_configured(kSecond, config)));
  ASSERT_TRUE(catalogue.replay(producer_ids_reserved(2000)));
  ASSERT_TRUE(catalogue.replay(producer_ids_reserved(1000)));  // the largest counts
  EXPECT_EQ(catalogue.topics.at(kFirst).name, "orders");
  EXPECT_EQ(catalogue.topics.at(kFirst).partitions, 7);
  EXPECT_EQ(catalogue.topics.at(kFirst).config, config);
  EXPECT_EQ(catalogue.topics.at(kSecond).config, config);
  EXPECT_EQ(catalogue.ids.at("users"), kSecond);
  EXPECT_EQ(catalogue.next_producer_id, 2000);
}

TEST(Catalogue, ARemovedNameMayComeAgain) {
  Catalogue catalogue;
  ASSERT_TRUE(catalogue.replay(topic_created(kFirst, "orders", 3, {})));
  ASSERT_TRUE(catalogue.replay(topic_removed(kFirst)));
  EXPECT_TRUE(catalogue.removed.contains(kFirst));
  ASSERT_TRUE(catalogue.replay(topic_created(kSecond, "orders", 1, {})));
  EXPECT_EQ(catalogue.topics.size(), 1u);
}

TEST(Catalogue, OneEntryMayHoldSeveralRecords) {
  Catalogue catalogue;
  ASSERT_TRUE(
      catalogue.replay(topic_created(kFirst, "a", 1, {}) + topic_created(kSecond, "b", 2, {}) + topic_removed(kFirst)));
  EXPECT_EQ(catalogue.topics.size(), 1u);
  EXPECT_EQ(catalogue.topics.at(kSecond).partitions, 2);
}

TEST(Catalogue, ContradictionsAreCorruption) {
  const auto refused = [](std::vector<std::string> entries) {
    Catalogue catalogue;
    for (std::size_t i = 0; i + 1 < entries.size(); ++i) EXPECT_TRUE(catalogue.replay(entries[i]));
    const Result<void> last = catalogue.replay(entries.back());
    return !last && last.error().code() == Errc::corrupt;
  };
  const std::string orders = topic_created(kFirst, "orders", 3, {});
  EXPECT_TRUE(refused({orders, topic_created(kSecond, "orders", 1, {})}));
  EXPECT_TRUE(refused({orders, topic_created(kFirst, "users", 1, {})}));
  EXPECT_TRUE(refused({orders, topic_grown(kFirst, 2)}));
  EXPECT_TRUE(refused({topic_grown(kFirst, 2)}));
  EXPECT_TRUE(refused({topic_configured(kFirst, {})}));
  EXPECT_TRUE(refused({topic_created(kFirst, "a/b", 1, {})}));
  EXPECT_TRUE(refused({topic_created(kFirst, "ab", 0, {})}));
}

TEST(Catalogue, CutOffAndUnknownEntriesAreRefused) {
  const std::string whole = topic_created(kFirst, "orders", 3, {{{"retention.ms", "5"}}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Catalogue catalogue;
    EXPECT_FALSE(catalogue.replay(whole.substr(0, size))) << size;
    EXPECT_TRUE(catalogue.topics.empty()) << size;
  }
  Catalogue catalogue;
  const Result<void> newer = catalogue.replay(std::string("\0\x63rest", 6));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code(), Errc::unsupported);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
