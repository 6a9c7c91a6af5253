#include "cli/arguments/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

template <class T>
T parsed(std::vector<std::string> words) {
  const std::variant<Command, Answer> outcome = parse_arguments(std::move(words));
  if (const auto* answer = std::get_if<Answer>(&outcome)) throw std::runtime_error(answer->text);
  return std::get<T>(std::get<Command>(outcome));
}

Answer answered(std::vector<std::string> words) {
  const std::variant<Command, Answer> outcome = parse_arguments(std::move(words));
  if (!std::holds_alternative<Answer>(outcome)) return {ExitCode::ok, "(a command)"};
  return std::get<Answer>(outcome);
}

TEST(Arguments, RunWithAllItsOptions) {
  const auto run =
      parsed<RunOptions>({"run", "a.yaml", "b.yaml", "--data-dir", "/d", "--until-idle", "1500ms", "--summary", "-",
                          "--workers", "3", "--log-format", "json", "--log-level", "debug"});
  EXPECT_EQ(run.files, (std::vector<std::filesystem::path>{"a.yaml", "b.yaml"}));
  EXPECT_EQ(run.data_dir, "/d");
  EXPECT_EQ(run.until_idle, Duration(1500ms));
  EXPECT_EQ(run.summary, "-");
  EXPECT_EQ(run.workers, 3u);
  EXPECT_EQ(run.log_format, LogFormat::json);
  EXPECT_EQ(run.log_level, log::Level::debug);
  EXPECT_FALSE(run.quiet);
}

TEST(Arguments, RunDefaults) {
  const auto run = parsed<RunOptions>({"run", "a.yaml"});
  EXPECT_FALSE(run.data_dir.has_value());
  EXPECT_FALSE(run.until_idle.has_value());
  EXPECT_TRUE(run.summary.empty());
  EXPECT_EQ(run.workers, 0u);
  EXPECT_EQ(run.log_format, LogFormat::automatic);
}

TEST(Arguments, DevWatchesItsFilesAndRunWhenItIsAsked) {
  EXPECT_FALSE(parsed<RunOptions>({"run", "a"}).watch);
  EXPECT_TRUE(parsed<RunOptions>({"run", "a", "--watch"}).watch);
  EXPECT_TRUE(parsed<DevOptions>({"dev"}).run.watch);
  EXPECT_FALSE(parsed<DevOptions>({"dev", "--no-watch"}).run.watch);
}

TEST(Arguments, PlanComparesWithWhatRuns) {
  const auto plan =
      parsed<PlanOptions>({"plan", "new.yaml", "more.yaml", "--from", "a.yaml", "--from", "b.d", "--json"});
  EXPECT_EQ(plan.files, (std::vector<std::filesystem::path>{"new.yaml", "more.yaml"}));
  EXPECT_EQ(plan.from, (std::vector<std::filesystem::path>{"a.yaml", "b.d"}));
  EXPECT_TRUE(plan.json);
  const Answer without = answered({"plan", "new.yaml"});
  EXPECT_EQ(without.code, ExitCode::usage);
  EXPECT_THAT(without.text, HasSubstr("--from"));
}

TEST(Arguments, QuietRaisesTheLogLevelButNeverLowersIt) {
  EXPECT_EQ(parsed<RunOptions>({"run", "a", "-q"}).log_level, log::Level::warn);
  EXPECT_EQ(parsed<RunOptions>({"run", "a", "-q", "--log-level", "error"}).log_level, log::Level::error);
}

TEST(Arguments, TestWithAllItsOptions) {
  const auto test = parsed<TestOptions>({"test", "a.yaml", "conf.d", "--filter", "twice", "--json", "--junit", "r.xml",
                                         "--update", "--crash-everywhere", "-v"});
  EXPECT_EQ(test.files, (std::vector<std::filesystem::path>{"a.yaml", "conf.d"}));
  EXPECT_EQ(test.filter, "twice");
  EXPECT_EQ(test.junit, "r.xml");
  EXPECT_TRUE(test.json && test.update && test.crash_everywhere && test.verbose);
  EXPECT_TRUE(parsed<TestOptions>({"test", "--watch"}).watch);
  EXPECT_TRUE(parsed<TestOptions>({"test"}).files.empty());
  EXPECT_EQ(answered({"test", "--watch", "--update"}).code, ExitCode::usage);
  EXPECT_THAT(answered({"tests"}).text, HasSubstr("`weir test`"));
}

TEST(Arguments, InitTakesADirectory) {
  EXPECT_EQ(parsed<InitOptions>({"init"}).directory, ".");
  EXPECT_EQ(parsed<InitOptions>({"init", "p"}).directory, "p");
}

TEST(Arguments, OptionsMayStandBeforeFiles) {
  const auto run = parsed<RunOptions>({"run", "--until-idle", "2s", "--", "-odd.yaml"});
  EXPECT_EQ(run.files, (std::vector<std::filesystem::path>{"-odd.yaml"}));
}

TEST(Arguments, DurationsNeedAUnit) {
  EXPECT_EQ(parsed<RunOptions>({"run", "a", "--until-idle", "1.5m"}).until_idle, Duration(90s));
  for (const char* wrong : {"2", "s", "-1s", "2 s", "1e3s", "nans", "infs", "2days", "99999999999h"}) {
    const Answer answer = answered({"run", "a", std::string("--until-idle=") + wrong});
    EXPECT_EQ(answer.code, ExitCode::usage) << wrong;
    EXPECT_THAT(answer.text, HasSubstr("number and its unit")) << wrong;
  }
}

TEST(Arguments, AnIdleTimeThatIsNoTimeIsRefused) {
  for (const char* wrong : {"0s", "99ms"}) {
    const Answer answer = answered({"run", "a", std::string("--until-idle=") + wrong});
    EXPECT_EQ(answer.code, ExitCode::usage) << wrong;
    EXPECT_THAT(answer.text, HasSubstr("at least 100ms")) << wrong;
  }
  EXPECT_EQ(parsed<RunOptions>({"run", "a", "--until-idle", "100ms"}).until_idle, Duration(100ms));
}

TEST(Arguments, Streams) {
  const auto ls = parsed<StreamsListOptions>({"streams", "ls", "--prefix", "Order-", "--limit", "5", "--json"});
  EXPECT_EQ(ls.prefix, "Order-");
  EXPECT_EQ(ls.limit, 5u);
  EXPECT_TRUE(ls.json);
  const auto cat =
      parsed<StreamsCatOptions>({"streams", "cat", "Order-1", "--from", "0", "--backwards", "--store", "esdb://h:1"});
  EXPECT_EQ(cat.stream, "Order-1");
  EXPECT_EQ(cat.from, 0u);
  EXPECT_TRUE(cat.backwards);
  EXPECT_EQ(cat.store, "esdb://h:1");
}

TEST(Arguments, StoreListensOnHostAndPort) {
  EXPECT_EQ(parsed<StoreOptions>({"store"}).listen, "127.0.0.1:2113");
  EXPECT_EQ(parsed<StoreOptions>({"store", "--listen", "[::1]:0"}).listen, "[::1]:0");
  for (const char* wrong : {"2113", "host", "host:", ":1", "h:99999", "h:1x"}) {
    EXPECT_EQ(answered({"store", "--listen", wrong}).code, ExitCode::usage) << wrong;
  }
}

TEST(Arguments, BrokerWithAllItsOptions) {
  const auto broker = parsed<BrokerOptions>({"broker",
                                             "--listen",
                                             "0.0.0.0:19092",
                                             "--advertised",
                                             "kafka.example.com",
                                             "--data-dir",
                                             "/d",
                                             "--fsync",
                                             "interval",
                                             "--topics",
                                             "a,b",
                                             "--fsync-interval",
                                             "250ms",
                                             "--user",
                                             "alice:a,b",
                                             "--user",
                                             "bob:b",
                                             "--users",
                                             "users.txt",
                                             "--partitions",
                                             "6",
                                             "--tls-cert",
                                             "c.pem",
                                             "--tls-key",
                                             "k.pem",
                                             "--repair",
                                             "--log-format",
                                             "json",
                                             "--no-auto-create",
                                             "--group-initial-rebalance-delay",
                                             "3s"});
  EXPECT_EQ(broker.listen, "0.0.0.0:19092");
  EXPECT_EQ(broker.advertised, "kafka.example.com");
  EXPECT_EQ(broker.data_dir, "/d");
  EXPECT_EQ(broker.fsync, FsyncChoice::interval);
  EXPECT_EQ(broker.fsync_interval, Duration(250ms));
  EXPECT_EQ(broker.topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(broker.users, (std::vector<std::string>{"alice:a,b", "bob:b"}));
  EXPECT_EQ(broker.users_file, "users.txt");
  EXPECT_EQ(broker.partitions, 6);
  EXPECT_EQ(broker.tls_certificate, "c.pem");
  EXPECT_EQ(broker.tls_key, "k.pem");
  EXPECT_TRUE(broker.repair);
  EXPECT_FALSE(broker.auto_create);
  EXPECT_EQ(broker.initial_rebalance_delay, Duration(3s));
  EXPECT_EQ(broker.log_format, LogFormat::json);
}

TEST(Arguments, BrokerDefaults) {
  const auto broker = parsed<BrokerOptions>({"broker"});
  EXPECT_EQ(broker.listen, "127.0.0.1:9092");
  EXPECT_EQ(broker.fsync, FsyncChoice::always);
  EXPECT_EQ(broker.partitions, 1);
  EXPECT_TRUE(broker.auto_create);
  EXPECT_EQ(broker.initial_rebalance_delay, Duration::zero());
  EXPECT_FALSE(broker.repair);
  EXPECT_EQ(parsed<BrokerOptions>({"broker", "--fsync", "never"}).fsync, FsyncChoice::never);
  EXPECT_EQ(answered({"broker", "--fsync-interval", "0s"}).code, ExitCode::usage);
  EXPECT_EQ(answered({"broker", "--advertised", "a b"}).code, ExitCode::usage);
  EXPECT_EQ(answered({"broker", "--advertised", "h:x"}).code, ExitCode::usage);
  EXPECT_EQ(answered({"broker", "--topics", "a,b!"}).code, ExitCode::usage);
  EXPECT_EQ(parsed<BrokerOptions>({"broker", "--advertised", "[::1]"}).advertised, "[::1]");
}

TEST(Arguments, DevIsRunWithServers) {
  const auto dev = parsed<DevOptions>({"dev", "a.yaml", "--port-kafka", "0", "--port-store", "12113", "--partitions",
                                       "6", "--fresh", "--yes", "--data-dir", "/d", "--until-idle", "2s", "-q"});
  EXPECT_EQ(dev.run.files, (std::vector<std::filesystem::path>{"a.yaml"}));
  EXPECT_EQ(dev.run.data_dir, "/d");
  EXPECT_EQ(dev.run.until_idle, Duration(2s));
  EXPECT_TRUE(dev.run.quiet);
  EXPECT_EQ(dev.run.log_level, log::Level::warn);
  EXPECT_EQ(dev.kafka_port, 0);
  EXPECT_EQ(dev.store_port, 12113);
  EXPECT_EQ(dev.partitions, 6);
  EXPECT_TRUE(dev.fresh);
  EXPECT_TRUE(dev.yes);
  const auto plain = parsed<DevOptions>({"dev"});
  EXPECT_TRUE(plain.run.files.empty());
  EXPECT_EQ(plain.kafka_port, 9092);
  EXPECT_EQ(plain.store_port, 2113);
  EXPECT_EQ(plain.partitions, 3);
  EXPECT_FALSE(plain.fresh);
}

TEST(Arguments, HiddenVerbsWorkButAreNotShown) {
  const auto feed = parsed<FeedOptions>({"feed", "--brokers", "h:1", "x.jsonl"});
  EXPECT_EQ(feed.brokers, "h:1");
  const Answer help = answered({"--help"});
  EXPECT_EQ(help.text.find("feed"), std::string::npos);
}

TEST(Arguments, LintNeedsFilesUnlessItPrintsTheSchema) {
  EXPECT_EQ(answered({"lint"}).code, ExitCode::usage);
  EXPECT_TRUE(parsed<LintOptions>({"lint", "--schema"}).schema);
  EXPECT_TRUE(parsed<LintOptions>({"lint", "--codes"}).codes);
  EXPECT_TRUE(parsed<LintOptions>({"lint", "a", "--strict", "--json"}).strict);
}

TEST(Arguments, FilesOfVariablesMayBeSeveral) {
  const std::vector<std::filesystem::path> both{"a.env", "b.env"};
  EXPECT_EQ(parsed<LintOptions>({"lint", "--env-file", "a.env", "f.yaml", "--env-file", "b.env"}).env_files, both);
  EXPECT_EQ(parsed<RunOptions>({"run", "--env-file", "a.env", "--env-file", "b.env", "f.yaml"}).env_files, both);
  EXPECT_EQ(parsed<DevOptions>({"dev", "--env-file", "a.env", "--env-file", "b.env"}).run.env_files, both);
  EXPECT_EQ(parsed<LintOptions>({"lint", "--env-file", "a.env", "f.yaml"}).files,
            std::vector<std::filesystem::path>{"f.yaml"});
}

TEST(Arguments, HelpMayBeAVerb) {
  EXPECT_EQ(answered({"help"}).text, answered({"--help"}).text);
  EXPECT_EQ(answered({"help", "run"}).text, answered({"run", "--help"}).text);
  EXPECT_EQ(answered({"help", "topics", "ls"}).text, answered({"topics", "ls", "--help"}).text);
  EXPECT_EQ(answered({"help", "run"}).code, ExitCode::ok);
}

TEST(Arguments, VersionFlagIsTheVerb) {
  for (const char* flag : {"--version", "-V", "-v"}) EXPECT_FALSE(parsed<VersionOptions>({flag}).json);
  EXPECT_TRUE(parsed<VersionOptions>({"version", "--json"}).json);
}

TEST(Arguments, EveryHelpTeachesWithExamples) {
  const std::vector<std::vector<std::string>> verbs = {{},        {"run"},           {"lint"},           {"streams"},
                                                       {"store"}, {"streams", "ls"}, {"streams", "cat"}, {"version"},
                                                       {"dev"},   {"broker"}};
  for (std::vector<std::string> words : verbs) {
    words.push_back("--help");
    const Answer help = answered(words);
    EXPECT_EQ(help.code, ExitCode::ok);
    EXPECT_THAT(help.text, HasSubstr("Examples:\n  weir")) << words.front();
    EXPECT_THAT(help.text, HasSubstr("Usage:")) << words.front();
    EXPECT_THAT(help.text, Not(HasSubstr("{false}"))) << words.front() << ": the parser's own notation";
  }
}

TEST(Arguments, MistakesSayWhatAndWhatToDo) {
  struct Case {
    std::vector<std::string> words;
    std::string what;
    std::string hint;
  };
  const std::vector<Case> cases = {
      {{"rnu", "a"}, "no verb 'rnu'", "did you mean `weir run`?"},
      {{"lnit"}, "no verb 'lnit'", "did you mean `weir lint`?"},
      {{"zzzzzz"}, "no verb 'zzzzzz'", "weir --help"},
      {{"streams", "lss"}, "no verb 'lss'", "did you mean `weir streams ls`?"},
      {{"streams"}, "a verb is missing: ls cat", "weir streams --help"},
      {{"run"}, "FILE is missing", "weir run --help"},
      {{"run", "a", "--worker", "2"}, "--worker", "did you mean --workers?"},
      {{"run", "a", "--workers", "many"}, "many", "weir run --help"},
      {{"run", "a", "--log-format", "xml"}, "xml", "weir run --help"},
      {{"streams", "cat"}, "NAME is missing", "weir streams cat --help"},
      {{"streams", "cat", "a", "--limit", "-1"}, "-1", "weir streams cat --help"},
      {{"version", "extra"}, "'extra'", "weir version --help"},
      {{"broker", "--fsync", "sometimes"}, "sometimes", "weir broker --help"},
      {{"broker", "--listen", "9092"}, "write for example 127.0.0.1:9092", "weir broker --help"},
      {{"broker", "--topic", "a"}, "--topic", "did you mean --topics?"},
      {{"dev", "--port-kafka", "99999"}, "99999", "weir dev --help"},
      {{"topics", "list"}, "no verb 'list'", "did you mean `weir topics ls`?"},
      {{"groups", "show"}, "no verb 'show'", "did you mean `weir groups describe`?"},
      {{"broker", "--port", "1"}, "--port", "did you mean --listen?"},
      {{"run", "a", "--log-level", "verbose"},
       "there is no 'verbose' here; known: debug, info, warn, error",
       "run --help"},
      {{"run", "a", "--log-level", "wran"}, "did you mean 'warn'?", "run --help"},
      {{"run", "a", "--workers", "-1"}, "'-1' is not a whole number from 0 to 256", "run --help"},
      {{"dev", "--partitions", "0"}, "--partitions", "weir dev --help"},
  };
  for (const Case& c : cases) {
    const Answer answer = answered(c.words);
    EXPECT_EQ(answer.code, ExitCode::usage) << c.words.back();
    EXPECT_THAT(answer.text, HasSubstr(c.what));
    EXPECT_THAT(answer.text, HasSubstr(c.hint));
    EXPECT_TRUE(answer.text.starts_with("error: ")) << answer.text;
    EXPECT_LE(std::ranges::count(answer.text, '\n'), 2) << answer.text;
  }
  EXPECT_EQ(answered({}).code, ExitCode::usage);
}

}  // namespace
}  // namespace weir::cli
