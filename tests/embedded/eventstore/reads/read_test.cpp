#include "tests/embedded/eventstore/store_kit.hpp"

namespace weir::embedded::eventstore::testing {
namespace {

class ReadTest : public StoreTest {
 protected:
  std::string read_log(Direction direction, std::optional<Position> from, bool from_end = false,
                       std::uint64_t count = 1000, EventFilter filter = {}) {
    std::string out;
    const auto session = read_log_session(*reader_, {direction, from, from_end, count, false, std::move(filter)});
    for (;;) {
      const ReadPage page = session->next_page();
      for (const ReadMessage& message : page.messages) out += std::to_string(message.event.original().position) + " ";
      if (page.error) return out + "error " + std::string(to_string(page.error->code()));
      if (page.after != ReadPage::After::more) return out;
    }
  }
};

TEST_F(ReadTest, StreamsInBothDirections) {
  append("s", 5);
  append("t", 1);
  EXPECT_EQ(read("s"), "0 1 2 3 4");
  EXPECT_EQ(read("s", Direction::forwards, 3), "3 4");
  EXPECT_EQ(read("s", Direction::forwards, 9), "");
  EXPECT_EQ(read("s", Direction::forwards, 1, 2), "1 2");
  EXPECT_EQ(read("s", Direction::backwards), "4 3 2 1 0");
  EXPECT_EQ(read("s", Direction::backwards, 2), "2 1 0");
  EXPECT_EQ(read("s", Direction::backwards, 99, 1), "4");
  EXPECT_EQ(read("s", Direction::forwards, {}, 0), "");
  EXPECT_EQ(read("missing"), "not_found");
}

TEST_F(ReadTest, ManyPagesGiveEveryEventOnce) {
  append("s", 100);
  std::string forwards;
  for (int i = 0; i < 100; ++i) forwards += (i == 0 ? "" : " ") + std::to_string(i);
  EXPECT_EQ(read("s"), forwards);
  EXPECT_EQ(read("s", Direction::backwards).substr(0, 8), "99 98 97");
}

TEST_F(ReadTest, LargeEventsComeInSmallPages) {
  for (int i = 0; i < 6; ++i) append("s", ExpectedRevision::any(), {event("big", std::string(600'000, 'x'))});
  const Result<StreamPage> page =
      reader_->read_stream("s", *reader_->stream("s"), 0, Direction::forwards, {}, false, Reader::Forgotten::hide);
  EXPECT_LT(page->events.size(), 4u);
  EXPECT_FALSE(page->is_end);
  EXPECT_EQ(read("s"), "0 1 2 3 4 5");
}

TEST_F(ReadTest, TellsPositionsToThoseWhoUnderstand) {
  append("s", 50);
  set_metadata("s", R"({"$tb":40})");
  EXPECT_EQ(read("s", Direction::forwards, 0, 2, true), "first=40 40 41 last=49");
  EXPECT_EQ(read("s", Direction::forwards, 45, 1, true), "45 last=49");
  EXPECT_EQ(read("s", Direction::forwards, 60, 1, true), "last=49");
}

TEST_F(ReadTest, ForgetsByCountAgeAndTruncation) {
  append("s", 4);
  set_metadata("s", R"({"$maxCount":2})");
  EXPECT_EQ(read("s"), "2 3");
  EXPECT_EQ(read("s", Direction::backwards), "3 2");
  set_metadata("s", R"({"$tb":1})");
  EXPECT_EQ(read("s"), "1 2 3");
  set_metadata("s", R"({"$tb":99})");
  EXPECT_EQ(read("s"), "");
  set_metadata("s", R"({"$maxAge":60})");
  clock_.advance(std::chrono::seconds(59));
  append("s", 1);
  EXPECT_EQ(read("s"), "0 1 2 3 4");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(read("s"), "4");
  set_metadata("s", "not json");
  EXPECT_EQ(read("s"), "0 1 2 3 4");
  set_metadata("s", R"({"$maxCount":-1,"$tb":3})");
  EXPECT_EQ(read("s"), "0 1 2 3 4") << "metadata with one bad value counts as empty";
  EXPECT_EQ(read("$$s"), "5") << "a metadata stream keeps one event";
}

TEST_F(ReadTest, TheLogIsInclusiveForwardsAndExclusiveBackwards) {
  append("s", 4);
  EXPECT_EQ(read_log(Direction::forwards, {}), "1 2 3 4 ");
  EXPECT_EQ(read_log(Direction::forwards, 3), "3 4 ");
  EXPECT_EQ(read_log(Direction::backwards, {}, true), "4 3 2 1 ");
  EXPECT_EQ(read_log(Direction::backwards, 3), "2 1 ");
  EXPECT_EQ(read_log(Direction::backwards, {}, false), "");
  EXPECT_EQ(read_log(Direction::forwards, {}, true), "");
  EXPECT_EQ(read_log(Direction::forwards, {}, false, 2), "1 2 ");
  EXPECT_EQ(read_log(Direction::forwards, 99), "error invalid_argument");
  EXPECT_EQ(read_log(Direction::backwards, 99), "error invalid_argument");
}

TEST_F(ReadTest, TheLogShowsWhatStreamsForgetAndHidesBookKeeping) {
  append("s", 2);
  append("$epoch-information", 1);
  append("$persistentsubscription-$all::g-checkpoint", 1);
  append("$persistentsubscription-s::g-checkpoint", 1);
  remove("s", WriteKind::tombstone);
  EXPECT_EQ(read_log(Direction::forwards, {}), "1 2 5 6 ");
}

TEST_F(ReadTest, LinksComeWithTheirTargetOrAlone) {
  append("target@x", 2);
  const auto link = [](std::string to) {
    return event(Uuid::random(), "$>", std::move(to));
  };
  append("links", ExpectedRevision::any(),
         {link("1@target@x"), link("7@target@x"), link("nonsense"), link("0@missing"), event()});
  StreamReadRequest request;
  request.stream = "links";
  request.count = 100;
  request.resolve_links = true;
  const ReadPage page = read_stream_session(*reader_, request)->next_page();
  ASSERT_EQ(page.messages.size(), 5u);
  EXPECT_EQ(page.messages[0].event.event->stream, "target@x");
  EXPECT_EQ(page.messages[0].event.event->revision, 1);
  EXPECT_EQ(page.messages[0].event.link->stream, "links");
  for (const std::size_t gone : {1, 2, 3}) {
    EXPECT_FALSE(page.messages[gone].event.event) << gone;
    EXPECT_TRUE(page.messages[gone].event.link) << gone;
  }
  EXPECT_FALSE(page.messages[4].event.link);
}

TEST(EventFilterTest, PrefixesAndExpressions) {
  using Subject = EventFilter::Subject;
  const EventFilter prefixes = EventFilter::by_prefix(Subject::stream, {"order-", "user-"});
  EXPECT_TRUE(prefixes.matches("user-1", "x"));
  EXPECT_FALSE(prefixes.matches("a-order-1", "x"));
  const EventFilter unanchored = *EventFilter::by_regex(Subject::type, "der");
  EXPECT_TRUE(unanchored.matches("s", "OrderPlaced"));
  EXPECT_FALSE(unanchored.matches("der", "Placed"));
  EXPECT_FALSE(EventFilter().matches("$epoch-information", "x"));
  EXPECT_FALSE((*EventFilter::by_regex(Subject::type, ".*")).matches("$persistentsubscription-$all::g-parked", "x"));
}

TEST(EventFilterTest, LookAheadsAtTheStart) {
  const auto matches = [](std::string_view pattern, std::string_view type) {
    const Result<EventFilter> filter = EventFilter::by_regex(EventFilter::Subject::type, pattern);
    EXPECT_TRUE(filter) << pattern;
    return filter && filter->matches("s", type);
  };
  constexpr std::string_view kPython = R"(^(?!(\$.+$|PersistentConfig\d+$|Result$)))";
  EXPECT_FALSE(matches(kPython, "$metadata"));
  EXPECT_FALSE(matches(kPython, "PersistentConfig1"));
  EXPECT_TRUE(matches(kPython, "PersistentConfigs"));
  EXPECT_TRUE(matches(kPython, "Order"));
  EXPECT_TRUE(matches(R"(^(?!a)(?=b)[)(b]c)", "bc"));
  EXPECT_FALSE(matches(R"(^(?!a)(?=b)[)(b]c)", "ac"));
  for (const std::string_view bad : {"(", "^(?!a", "a(?!b)", "^(?!a)b|c", "(?<=x)y", "[", "\\"}) {
    const Result<EventFilter> refused = EventFilter::by_regex(EventFilter::Subject::type, bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code(), Errc::invalid_argument);
  }
}

class SubscriptionTest : public StoreTest {};

TEST_F(SubscriptionTest, AStreamFromTheStartThenLive) {
  append("s", 2);
  const auto session = subscribe_stream_session(*reader_, {"s", {}, false, false});
  EXPECT_EQ(drain(*session), "confirmed 0 1 caught_up");
  EXPECT_EQ(drain(*session), "");
  append("s", 2);
  append("t", 2);
  EXPECT_EQ(drain(*session), "2 3");
}

TEST_F(SubscriptionTest, TheGivenRevisionIsTheLastOneSeen) {
  append("s", 3);
  EXPECT_EQ(drain(*subscribe_stream_session(*reader_, {"s", 1, false, false})), "confirmed 2 caught_up");
  const auto ahead = subscribe_stream_session(*reader_, {"s", 5, false, false});
  EXPECT_EQ(drain(*ahead), "confirmed caught_up");
  append("s", 4);
  EXPECT_EQ(drain(*ahead), "6");
}

TEST_F(SubscriptionTest, TheEndIsWhereItWasAtTheConfirmation) {
  append("s", 3);
  const auto session = subscribe_stream_session(*reader_, {"s", {}, true, false});
  ASSERT_EQ(session->next_page().messages.front().kind, ReadMessage::Kind::confirmation);
  append("s", 1);
  EXPECT_EQ(drain(*session), "3 caught_up");
}

TEST_F(SubscriptionTest, AMissingStreamMayCome) {
  const auto session = subscribe_stream_session(*reader_, {"s", {}, false, false});
  EXPECT_EQ(drain(*session), "confirmed caught_up");
  append("s", 1);
  EXPECT_EQ(drain(*session), "0");
}

TEST_F(SubscriptionTest, WhoeverIsLiveSeesAlsoWhatIsForgottenAtOnce) {
  set_metadata("s", R"({"$maxCount":1})");
  append("s", 3);
  const auto session = subscribe_stream_session(*reader_, {"s", {}, false, false});
  EXPECT_EQ(drain(*session), "confirmed 2 caught_up");
  append("s", 3);
  EXPECT_EQ(drain(*session), "3 4 5");
}

TEST_F(SubscriptionTest, DeletedStreams) {
  append("s", 2);
  remove("s", WriteKind::soft_delete);
  const auto session = subscribe_stream_session(*reader_, {"s", {}, false, false});
  EXPECT_EQ(drain(*session), "confirmed caught_up");
  append("s", 1);
  EXPECT_EQ(drain(*session), "2") << "what was deleted does not come back";
  remove("s", WriteKind::tombstone);
  EXPECT_EQ(drain(*session), "9223372036854775807 error stream_deleted");
  EXPECT_EQ(drain(*subscribe_stream_session(*reader_, {"s", {}, false, false})), "confirmed error stream_deleted");
}

TEST_F(SubscriptionTest, TheLogWithFilterAndCheckpoints) {
  append("a", 3);
  append("b", 4);
  const EventFilter only_b = EventFilter::by_prefix(EventFilter::Subject::stream, {"b"});
  const auto session = subscribe_log_session(*reader_, {{}, false, false, only_b, 2});
  EXPECT_EQ(drain(*session), "confirmed cp=2 0 cp=4 1 2 cp=6 3 cp=7 caught_up");
  EXPECT_EQ(drain(*session), "");
  append("a", 2);  // 8 and 9; the eighth examined event is number 8
  EXPECT_EQ(drain(*session), "cp=8");
  append("b", 1);
  EXPECT_EQ(drain(*session), "4 cp=10");
}

TEST_F(SubscriptionTest, TheLogAfterAPositionAndFromTheEnd) {
  append("s", 3);
  EXPECT_EQ(drain(*subscribe_log_session(*reader_, {2, false, false, {}, 0})), "confirmed 2 caught_up");
  const auto from_end = subscribe_log_session(*reader_, {{}, true, false, {}, 0});
  EXPECT_EQ(drain(*from_end), "confirmed caught_up");
  append("s", 1);
  EXPECT_EQ(drain(*from_end), "3");
  EXPECT_EQ(drain(*subscribe_log_session(*reader_, {99, false, false, {}, 0})), "error invalid_argument");
}

TEST_F(SubscriptionTest, OneThatFellBehindSaysWhenItHasCaughtUpAgain) {
  const auto session = subscribe_log_session(*reader_, {{}, false, false, {}, 0});
  EXPECT_EQ(drain(*session), "confirmed caught_up");
  append("s", 1000);
  const std::string seen = drain(*session);
  EXPECT_TRUE(seen.starts_with("0 1 2 ")) << seen.substr(0, 100);
  EXPECT_TRUE(seen.ends_with(" 998 999 caught_up"));
}

TEST(CommitFeedTest, WakesThoseConcerned) {
  CommitFeed feed;
  std::string woken;
  EXPECT_FALSE(feed.wants_streams());
  CommitFeed::Registration a = feed.listen("a", [&] { woken += "a"; });
  CommitFeed::Registration b = feed.listen("b", [&] { woken += "b"; });
  CommitFeed::Registration all = feed.listen("$all", [&] { woken += "*"; });
  feed.publish({"b", "c"});
  EXPECT_EQ(woken, "b*");
  b.reset();
  feed.publish({"a", "b"});
  EXPECT_EQ(woken, "b*a*");
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
