// Tables, topics and groups as people and programs see them.
#include "cli/kafka/group_view.hpp"
#include "cli/kafka/kafka_access.hpp"
#include "cli/kafka/topic_view.hpp"
#include "cli/terminal/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

namespace weir::cli {
namespace {

using connectors::kafka::GroupMember;
using connectors::kafka::PartitionInfo;
using connectors::kafka::TopicInfo;
using ::testing::HasSubstr;
using ::testing::Not;

bool is_one_json_line(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  return text.ends_with('\n') && std::ranges::count(text, '\n') == 1 &&
         parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS;
}

TopicInfo some_topic() {
  return {"orders", {{0, 1, {1, 2}, {1, 2}}, {1, -1, {1, 2}, {2}}}};
}

TEST(Table, AlignsByCharactersAndEndsWithoutSpaces) {
  Table table({{"NAME"}, {"N", true}, {"NOTE"}});
  table.add({{"é"}, {"10"}, {""}});
  table.add({{"abcde"}, {"9"}, {"x"}});
  EXPECT_EQ(table.str(false), "NAME    N  NOTE\né      10\nabcde   9  x\n");
  EXPECT_THAT(table.str(true), HasSubstr("\x1b[90mNAME\x1b[0m    \x1b[90mN\x1b[0m"));
}

TEST(TopicView, List) {
  const std::vector<TopicEntry> entries = {{some_topic(), 1234}, {{"b", {}}, std::nullopt}};
  EXPECT_EQ(
      render_topics(entries, true, false),
      "TOPIC   PARTITIONS  REPLICAS  RECORDS\norders           2         2    1 234\nb                0         0    "
      "    ?\n");
  EXPECT_THAT(render_topics(entries, false, false), Not(HasSubstr("RECORDS")));
  EXPECT_EQ(render_topic_entry_json(entries[0]),
            "{\"topic\":\"orders\",\"partitions\":2,\"replicas\":2,\"records\":1234}\n");
  EXPECT_EQ(render_topic_entry_json(entries[1]), "{\"topic\":\"b\",\"partitions\":0,\"replicas\":0}\n");
}

TEST(TopicView, Details) {
  TopicDetails details{some_topic(), {{0, 5}, {-1, -1}}, {{"a", "1", true, false}, {"b", "2", false, false}}, false};
  const std::string text = render_topic(details, false);
  EXPECT_THAT(text, HasSubstr("orders: 2 partitions, 2 replicas, records not known\n"));
  EXPECT_THAT(text, HasSubstr("1    none  1 2       2            -    -\n"));
  EXPECT_THAT(text, HasSubstr("  b=2\n"));
  EXPECT_THAT(text, Not(HasSubstr("a=1")));
  EXPECT_THAT(render_topic_json(details), HasSubstr("\"leader\":null"));
  EXPECT_THAT(render_topic_json(details), HasSubstr("\"configs\":{\"b\":\"2\"}"));
  EXPECT_TRUE(is_one_json_line(render_topic_json(details)));
  details.all_settings = true;
  details.settings.push_back({"secret", std::nullopt, false, true});
  EXPECT_THAT(render_topic(details, false), HasSubstr("  a=1\n"));
  EXPECT_THAT(render_topic(details, false), HasSubstr("  secret=(secret)\n"));
  EXPECT_THAT(render_topic_json(details), HasSubstr("\"secret\":null"));
  EXPECT_TRUE(is_one_json_line(render_topic_json(details)));
}

TEST(TopicView, RecordsAreKnownWhenEveryPartitionIs) {
  EXPECT_EQ(count_records({{0, 5}, {3, 3}, {10, 20}}), 15u);
  EXPECT_EQ(count_records({{0, 5}, {-1, 7}}), std::nullopt);
  EXPECT_EQ(count_records({}), 0u);
}

TEST(GroupView, LagCountsFromTheCommitOrTheStart) {
  EXPECT_EQ((GroupPlace{{"t", 0}, 12, {10, 20}, ""}).lag(), 8u);
  EXPECT_EQ((GroupPlace{{"t", 0}, -1, {10, 20}, ""}).lag(), 10u);
  EXPECT_EQ((GroupPlace{{"t", 0}, 25, {10, 20}, ""}).lag(), 0u) << "the topic was made anew";
  EXPECT_EQ((GroupPlace{{"t", 0}, 12, {-1, -1}, ""}).lag(), std::nullopt);
}

TEST(GroupView, Details) {
  GroupDetails details;
  details.group = {"writer", "Stable", "range", "h:1 (id 1)", {{"id-1", "", "app", "10.0.0.1", {{"t", 1}, {"t", 0}}}}};
  details.places = {{{"t", 0}, 12, {10, 20}, "app"}, {{"t", 1}, -1, {0, 5}, "app"}, {{"u", 0}, 1, {-1, -1}, ""}};
  const std::string text = render_group(details, false);
  EXPECT_THAT(text, HasSubstr("writer: Stable, 1 member, assignor range, coordinator h:1 (id 1), lag 13\n"));
  EXPECT_THAT(text, HasSubstr("app     10.0.0.1  id-1    t/0,1\n"));
  EXPECT_THAT(text, HasSubstr("t              1          -    5    5  app\n"));
  EXPECT_THAT(text, HasSubstr("u              0          1    -    ?\n"));
  const std::string json = render_group_json(details);
  EXPECT_TRUE(is_one_json_line(json)) << json;
  EXPECT_THAT(json, HasSubstr("\"committed\":null,\"start\":0,\"end\":5,\"lag\":5"));
  EXPECT_THAT(json, HasSubstr("\"lag\":13}\n"));
}

TEST(GroupView, MembersThatCannotBeKnownAreNotNone) {
  EXPECT_EQ(render_groups({{"g", "Stable", "", 0, false}, {"s", "", "", 0, false}}, false),
            "GROUP  STATE   PROTOCOL  MEMBERS\ng      Stable  ?               ?\ns      ?       ?               ?\n");
  EXPECT_EQ(render_group_entry_json({"g", "Stable", "", 0, false}),
            "{\"group\":\"g\",\"state\":\"Stable\",\"protocol_type\":null,\"members\":null}\n");
  EXPECT_THAT(render_group_entry_json({"s", "", "", 0, false}), HasSubstr("\"state\":null"));
  GroupDetails details;
  details.group = {"g", "Stable", "", "h:1 (id 1)", {}, false};
  EXPECT_THAT(render_group(details, false),
              HasSubstr("g: Stable, members not known (a protocol that this weir cannot"));
  EXPECT_THAT(render_group_json(details), HasSubstr("\"members\":null"));
  EXPECT_TRUE(is_one_json_line(render_group_json(details)));
}

TEST(GroupView, ListAndMoves) {
  EXPECT_EQ(render_groups({{"g", "Empty", "", 0, true}}, false),
            "GROUP  STATE  PROTOCOL  MEMBERS\ng      Empty  -               0\n");
  EXPECT_EQ(render_group_entry_json({"g\n", "Stable", "consumer", 2, true}),
            "{\"group\":\"g\\n\",\"state\":\"Stable\",\"protocol_type\":\"consumer\",\"members\":2}\n");
  const std::vector<OffsetMove> moves = {{{"t", 0}, 5, 2, false}, {{"t", 1}, 5, 9, true}, {{"t", 2}, -1, 7, false}};
  EXPECT_EQ(render_moves(moves, false),
            "TOPIC  PARTITION  OLD  NEW\nt              0    5    2  3 again\nt              1    5    9  4 skipped "
            "(bounded)\nt              2    -    7\n");
  EXPECT_THAT(render_moves_json(moves), HasSubstr("{\"topic\":\"t\",\"partition\":2,\"from\":null,\"to\":7}\n"));
  EXPECT_EQ(describe_assignment({{"u", 0}, {"t", 2}, {"t", 0}}), "t/0,2 u/0");
}

TEST(KafkaAccessTest, WhichClusterIsMeant) {
  std::string named;
  const Environment environment = [&named](std::string_view name) -> std::optional<std::string> {
    if (name == "KAFKA_BROKERS" && !named.empty()) return named;
    return std::nullopt;
  };
  EXPECT_EQ(cluster_of({}, environment).brokers, "127.0.0.1:9092");
  named = "embedded";
  EXPECT_EQ(cluster_of({}, environment).brokers, "127.0.0.1:9092") << "the word of another process's configuration";
  named = "h:1,i:2";
  EXPECT_EQ(cluster_of({}, environment).brokers, "h:1,i:2");
  KafkaAccess access;
  access.brokers = "mine:3";
  access.properties = {{"security.protocol", "ssl"}};
  EXPECT_EQ(cluster_of(access, environment).brokers, "mine:3");
  EXPECT_EQ(cluster_of(access, environment).raw.size(), 1u);
}

TEST(KafkaAccessTest, NearestNames) {
  EXPECT_EQ(nearest_name("ordres", {"payments", "orders"}), "; did you mean 'orders'?");
  EXPECT_EQ(nearest_name("zzz", {"payments", "orders"}), "");
}

}  // namespace
}  // namespace weir::cli
