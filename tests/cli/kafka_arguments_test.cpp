#include "cli/arguments/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;
using namespace std::chrono_literals;

template <class T>
T kafka_command(std::vector<std::string> words) {
  const std::variant<Command, Answer> outcome = parse_arguments(std::move(words));
  if (const auto* answer = std::get_if<Answer>(&outcome)) throw std::runtime_error(answer->text);
  return std::get<T>(std::get<Command>(outcome));
}

Answer kafka_answer(std::vector<std::string> words) {
  const std::variant<Command, Answer> outcome = parse_arguments(std::move(words));
  if (!std::holds_alternative<Answer>(outcome)) return {ExitCode::ok, "(a command)"};
  return std::get<Answer>(outcome);
}

TEST(KafkaArguments, EveryVerbReachesItsCluster) {
  const std::vector<std::vector<std::string>> verbs = {
      {"topics", "ls"},      {"topics", "create", "t"},   {"topics", "describe", "t"},
      {"topics", "rm", "t"}, {"topics", "tail", "t"},     {"topics", "produce", "t"},
      {"groups", "ls"},      {"groups", "describe", "g"}, {"groups", "reset", "g", "--to", "end", "--topic", "t"}};
  for (std::vector<std::string> words : verbs) {
    const std::vector<std::string> more = {"--brokers",  "a:1,b:2", "--property", "x=1=2",
                                           "--property", "y=",      "--timeout",  "1.5s"};
    words.insert(words.end(), more.begin(), more.end());
    const std::variant<Command, Answer> outcome = parse_arguments(words);
    ASSERT_TRUE(std::holds_alternative<Command>(outcome)) << std::get<Answer>(outcome).text;
    const KafkaAccess access = std::visit(
        [](const auto& options) {
          if constexpr (requires { options.access; }) {
            return options.access;
          } else {
            return KafkaAccess{};
          }
        },
        std::get<Command>(outcome));
    EXPECT_EQ(access.brokers, "a:1,b:2") << words[1];
    EXPECT_THAT(access.properties, ElementsAre(Pair("x", "1=2"), Pair("y", ""))) << words[1];
    EXPECT_EQ(access.timeout, Duration(1500ms)) << words[1];
  }
  EXPECT_EQ(kafka_command<TopicsListOptions>({"topics", "ls"}).access.timeout, Duration(10s));
}

TEST(KafkaArguments, TopicsLsAndDescribe) {
  const auto ls = kafka_command<TopicsListOptions>({"topics", "ls", "-v", "-a", "--json", "--prefix", "or"});
  EXPECT_TRUE(ls.verbose && ls.all && ls.json);
  EXPECT_EQ(ls.prefix, "or");
  const auto describe = kafka_command<TopicsDescribeOptions>({"topics", "describe", "t", "--all-configs", "--json"});
  EXPECT_EQ(describe.topic, "t");
  EXPECT_TRUE(describe.all_settings && describe.json);
}

TEST(KafkaArguments, TopicsCreateAndRm) {
  const auto create =
      kafka_command<TopicsCreateOptions>({"topics", "create", "a", "b", "--partitions", "6", "--replication", "3",
                                          "--config", "retention.ms=1", "--config", "x=y", "--if-not-exists"});
  EXPECT_THAT(create.topics, ElementsAre("a", "b"));
  EXPECT_EQ(create.partitions, 6);
  EXPECT_EQ(create.replication, 3);
  EXPECT_THAT(create.settings, ElementsAre(Pair("retention.ms", "1"), Pair("x", "y")));
  EXPECT_TRUE(create.if_not_exists);
  const auto plain = kafka_command<TopicsCreateOptions>({"topics", "create", "-c", "x=y", "a"});
  EXPECT_THAT(plain.topics, ElementsAre("a")) << "an option takes one value and leaves the names alone";
  EXPECT_EQ(plain.partitions, -1);
  EXPECT_TRUE(kafka_command<TopicsRemoveOptions>({"topics", "rm", "a", "--yes"}).yes);
}

TEST(KafkaArguments, TopicsTail) {
  const auto tail = kafka_command<TopicsTailOptions>(
      {"topics", "tail", "t", "-n", "0", "-f", "--partition", "2", "--offset", "-5", "--key", "", "--json"});
  EXPECT_THAT(tail.count, Optional(0u));
  EXPECT_TRUE(tail.follow && tail.json);
  EXPECT_THAT(tail.partition, Optional(2));
  EXPECT_THAT(tail.from, Optional(TailStart{TailStart::From::before_end, 5}));
  EXPECT_THAT(tail.key, Optional(std::string()));
  const auto plain = kafka_command<TopicsTailOptions>({"topics", "tail", "t"});
  EXPECT_FALSE(plain.count || plain.from || plain.partition || plain.key || plain.follow);
}

TEST(KafkaArguments, TopicsProduce) {
  const auto produce = kafka_command<TopicsProduceOptions>(
      {"topics", "produce", "t", "in.txt", "-H", "a=1", "--header", "a=2", "--partition", "0", "--key-separator", ":"});
  EXPECT_EQ(produce.file, "in.txt");
  EXPECT_EQ(produce.key_separator, ":");
  EXPECT_THAT(produce.headers, ElementsAre(Pair("a", "1"), Pair("a", "2")));
  EXPECT_THAT(produce.partition, Optional(0));
  EXPECT_EQ(kafka_command<TopicsProduceOptions>({"topics", "produce", "t", "-"}).file, "-");
  EXPECT_EQ(kafka_command<TopicsProduceOptions>({"topics", "produce", "t", "--json", "-k", "x"}).key, "x");
}

TEST(KafkaArguments, Groups) {
  EXPECT_TRUE(kafka_command<GroupsListOptions>({"groups", "ls", "--json"}).json);
  EXPECT_EQ(kafka_command<GroupsDescribeOptions>({"groups", "describe", "a group"}).group, "a group");
  const auto reset = kafka_command<GroupsResetOptions>({"groups", "reset", "g", "--to", "+3", "--topic", "a:0,1",
                                                        "--topic", "b", "--dry-run", "--yes", "--create", "--json"});
  EXPECT_EQ(reset.to, (ResetTarget{ResetTarget::To::shift, 3}));
  EXPECT_THAT(reset.topics, ElementsAre(TopicChoice{"a", {0, 1}}, TopicChoice{"b", {}}));
  EXPECT_TRUE(reset.dry_run && reset.yes && reset.create && reset.json);
  EXPECT_EQ(kafka_command<GroupsResetOptions>({"groups", "reset", "g", "-t", "a", "--to", "-3"}).to.number, -3);
}

TEST(KafkaArguments, EveryKafkaHelpTeachesWithExamples) {
  const std::vector<std::vector<std::string>> verbs = {
      {"topics"},       {"topics", "ls"},       {"topics", "create"},  {"topics", "describe"},
      {"topics", "rm"}, {"topics", "tail"},     {"topics", "produce"}, {"groups"},
      {"groups", "ls"}, {"groups", "describe"}, {"groups", "reset"}};
  for (std::vector<std::string> words : verbs) {
    words.push_back("--help");
    const Answer help = kafka_answer(words);
    EXPECT_EQ(help.code, ExitCode::ok);
    EXPECT_THAT(help.text, HasSubstr("Examples:\n")) << words[1];
    EXPECT_THAT(help.text, HasSubstr("weir " + words[0])) << words[1];
  }
}

TEST(KafkaArguments, MistakesAreNamed) {
  struct Case {
    std::vector<std::string> words;
    std::string what;
  };
  const std::vector<Case> cases = {
      {{"topics"}, "a verb is missing: ls create describe tail produce rm"},
      {{"topics", "lst"}, "did you mean `weir topics ls`?"},
      {{"groups", "resett"}, "did you mean `weir groups reset`?"},
      {{"topics", "create"}, "NAME is missing"},
      {{"topics", "create", "a b"}, "'a b' is not the name of a topic"},
      {{"topics", "create", "a", "--partitions", "0"}, "--partitions"},
      {{"topics", "create", "a", "--config", "novalue"}, "'novalue' is not NAME=VALUE"},
      {{"topics", "tail", "a", "--offset", "yesterday"}, "'yesterday' is not a place"},
      {{"topics", "tail", "a", "--follwo"}, "did you mean --follow?"},
      {{"topics", "tail", "a", "-n", "-3"}, "-3"},
      {{"topics", "produce", "a", "--json", "--key-separator", ":"}, "--key-separator"},
      {{"topics", "produce", "a", "--key", "k", "--key-separator", ":"}, "--key-separator"},
      {{"topics", "produce", "a", "--key-separator", ""}, "is not a separator"},
      {{"topics", "ls", "--timeout", "10"}, "write a number and its unit"},
      {{"topics", "ls", "--timeout", "0s"}, "is no time to wait"},
      {{"groups", "reset", "g", "--topic", "a"}, "--to is missing"},
      {{"groups", "reset", "g", "--to", "end"}, "--topic is missing"},
      {{"groups", "reset", "g", "--to", "noon", "--topic", "a"}, "'noon' is not a place"},
      {{"groups", "reset", "g", "--to", "end", "--topic", "a:x"}, "'a:x' is not TOPIC"},
  };
  for (const Case& c : cases) {
    const Answer answer = kafka_answer(c.words);
    EXPECT_EQ(answer.code, ExitCode::usage) << c.what;
    EXPECT_THAT(answer.text, HasSubstr(c.what));
    EXPECT_TRUE(answer.text.starts_with("error: ")) << answer.text;
  }
}

}  // namespace
}  // namespace weir::cli
