#include "embedded/broker/groups/subscription.hpp"

#include "tests/embedded/broker/groups/groups_fixture.hpp"

#include <random>
#include <set>

namespace weir::embedded::broker::groups {
namespace {

using Topics = std::set<std::string, std::less<>>;

TEST(SubscriptionTest, ReadsTheTopics) {
  EXPECT_EQ(subscribed_topics(subscription({"a", "b", "a"}, "user data")), (Topics{"a", "b"}));
  EXPECT_EQ(subscribed_topics(subscription({})), Topics());
}

TEST(SubscriptionTest, VersionZeroEndsBehindTheUserData) {
  EXPECT_EQ(subscribed_topics(std::string("\0\0\0\0\0\1\0\1a\xff\xff\xff\xff", 13)), Topics{"a"});
}

TEST(SubscriptionTest, RefusesWhatIsNone) {
  for (const std::string& bytes : {std::string(), std::string("m"), std::string("\0\1\xff\xff\xff\xff", 6),
                                   std::string("\0\1\x7f\xff\xff\xff", 6), std::string("\0\1\0\0\0\2\0\1a", 9),
                                   std::string("\0\1\0\0\0\1\xff\xff", 8), std::string("\xff\xff\0\0\0\0", 6)}) {
    EXPECT_FALSE(subscribed_topics(bytes)) << ::testing::PrintToString(bytes);
  }
}

TEST(SubscriptionTest, SurvivesAnyBytes) {
  std::mt19937 random(1);
  int read = 0;
  const std::string good = subscription({"orders", "payments", "x"}, "user data");
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(0, random() % (good.size() + 1));
    for (unsigned flips = random() % 4; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto topics = subscribed_topics(bytes);
    if (!topics) continue;
    ++read;
    std::size_t length = 0;
    for (const std::string& topic : *topics) length += topic.size();
    EXPECT_LE(length, bytes.size()) << "topics come out of the bytes, and out of nowhere else";
  }
  EXPECT_GT(read, 0) << "some of them are readable";
}

}  // namespace
}  // namespace weir::embedded::broker::groups
