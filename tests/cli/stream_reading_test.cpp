#include "cli/streams/stream_reading.hpp"

#include "connectors/eventstoredb/fake.hpp"
#include "pipeline/testing/fixture.hpp"

#include <gmock/gmock.h>

namespace weir::cli {
namespace {

using connectors::eventstoredb::FakeStore;
using connectors::eventstoredb::NewEvent;
using connectors::eventstoredb::RecordedEvent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StreamReadingTest : public testing::VirtualTimeTest {
 protected:
  void put(const std::string& stream, std::string_view type = "T", std::string_view data = "{}") {
    NewEvent event;
    event.id = Uuid{1, ++ids_};
    event.type = type;
    event.data = data;
    store_.put(stream, event);
  }

  std::vector<std::string> list(StreamsListOptions options) {
    Result<std::vector<StreamEntry>> found = run(find_streams(store_, options));
    std::vector<std::string> names;
    if (!found) return {found.error().message()};
    for (const StreamEntry& entry : *found) names.push_back(entry.name);
    return names;
  }

  std::vector<std::uint64_t> revisions(StreamsCatOptions options) {
    std::vector<std::uint64_t> seen;
    const ShowEvent show = [&seen](const RecordedEvent& event) {
      seen.push_back(event.revision);
      return true;
    };
    const Result<void> read = run(read_events(store_, options, show));
    EXPECT_TRUE(read.has_value()) << read.error().message();
    return seen;
  }

  FakeStore store_{clock(), executor()};
  std::uint64_t ids_ = 0;
};

TEST_F(StreamReadingTest, ListsStreamsOfTheWholeLogInOrder) {
  put("Order-2");
  put("Order-1");
  put("Order-2");
  put("$settings");
  put("Task-1");
  EXPECT_THAT(list({}), ElementsAre("Order-2", "Order-1", "Task-1"));
  EXPECT_THAT(list({.prefix = "Order-"}), ElementsAre("Order-2", "Order-1"));
  EXPECT_THAT(list({.limit = 1}), ElementsAre("Order-2"));
  EXPECT_THAT(list({.prefix = "$"}), ElementsAre("$settings"));
  EXPECT_THAT(list({.prefix = "none"}), IsEmpty());
  const StreamsListOptions all;
  Result<std::vector<StreamEntry>> found = run(find_streams(store_, all));
  EXPECT_EQ(found->front().events, 2u);
}

TEST_F(StreamReadingTest, WalksMorePagesThanOne) {
  for (int i = 0; i < 1234; ++i) put("S-" + std::to_string(i));
  EXPECT_EQ(list({}).size(), 1234u);
}

TEST_F(StreamReadingTest, DeletedStreamsAreNotListed) {
  put("A");
  put("B");
  put("$$A", "$metadata", R"({"$tb":9223372036854775807})");
  put("$$B", "$metadata", R"({"$tb":5})");
  EXPECT_THAT(list({}), ElementsAre("B"));
  put("A");
  EXPECT_THAT(list({}), ElementsAre("B", "A"));
}

TEST_F(StreamReadingTest, UsesTheLinksOfTheStreamsProjectionWhenThereAreSome) {
  put("Order-1");
  put("$streams", "$>", "0@Order-1");
  put("$streams", "$>", "0@Task@2");
  EXPECT_THAT(list({}), ElementsAre("Order-1", "Task@2"));
  EXPECT_THAT(list({.limit = 1}), ElementsAre("Order-1"));
}

TEST_F(StreamReadingTest, CatReadsBothWaysFromAnywhere) {
  for (int i = 0; i < 1100; ++i) put("S");
  EXPECT_EQ(revisions({.stream = "S"}).size(), 1100u);
  EXPECT_THAT(revisions({.stream = "S", .limit = 2}), ElementsAre(0, 1));
  EXPECT_THAT(revisions({.stream = "S", .from = 1098}), ElementsAre(1098, 1099));
  EXPECT_THAT(revisions({.stream = "S", .backwards = true, .limit = 2}), ElementsAre(1099, 1098));
  EXPECT_THAT(revisions({.stream = "S", .from = 1, .backwards = true}), ElementsAre(1, 0));
  EXPECT_EQ(revisions({.stream = "S", .backwards = true}).size(), 1100u);
  EXPECT_THAT(revisions({.stream = "S", .from = 5000}), IsEmpty());
  EXPECT_EQ(revisions({.stream = "$all"}).size(), 1100u) << "no event twice where pages meet";
  EXPECT_EQ(revisions({.stream = "$all", .backwards = true}).size(), 1100u);
}

TEST_F(StreamReadingTest, AMissingStreamAndARefusalAreErrors) {
  const StreamsCatOptions options{.stream = "none"};
  const ShowEvent show = [](const RecordedEvent&) {
    return true;
  };
  const Result<void> missing = run(read_events(store_, options, show));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), Errc::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr("'none'"));
  store_.fail_reads(Error(Errc::unauthenticated, "credentials refused"));
  EXPECT_EQ(run(read_events(store_, options, show)).error().code(), Errc::unauthenticated);
  EXPECT_THAT(list({}), ElementsAre("credentials refused"));
}

TEST_F(StreamReadingTest, StopsWhenTheReaderHasGone) {
  for (int i = 0; i < 10; ++i) put("S");
  int shown = 0;
  const ShowEvent show = [&shown](const RecordedEvent&) {
    return ++shown < 3;
  };
  const StreamsCatOptions options{.stream = "S"};
  EXPECT_TRUE(run(read_events(store_, options, show)).has_value());
  EXPECT_EQ(shown, 3);
}

}  // namespace
}  // namespace weir::cli
