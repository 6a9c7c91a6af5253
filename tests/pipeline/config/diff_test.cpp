// What a changed configuration does to what runs.
#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/changed_options.hpp"
#include "pipeline/topology/diff_text.hpp"
#include "tests/pipeline/config/components.hpp"
#include "tests/pipeline/config/support.hpp"

#include <gmock/gmock.h>

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kRuns = R"(connections:
  broker: { kafka: { brokers: "a:9092", password: "${PASSWORD:hunter2}" } }
  store: { eventstoredb: { brokers: "s:2113" } }
pipelines:
  main:
    source: { kafka: { connection: broker, topics: [a, b] } }
    stages:
      - decode: { format: json }
      - look: { window: 1 }
      - route: { to: events }
      - persist: {}
      - ack: {}
    sinks:
      events: { store: { connection: store, stream: s } }
      copies: { file: { path: c.jsonl } }
      dlq: { file: { path: d.jsonl } }
  second:
    source: { kafka: { connection: broker, topics: [c] } }
    stages: [ { persist: {} }, { ack: {} } ]
    sinks: { events: { file: { path: e.jsonl } }, dlq: { file: { path: d2.jsonl } } }
)";

struct Look {
  int window = 0;
};
struct Store {
  std::string connection;
  std::string stream;
};

Registry registry_with_more() {
  Registry registry = test_registry();
  Spec<Look> look("Only looks.");
  look.option("window", &Look::window, "Whatever.");
  registry.add_stage<Look>("look", look,
                           [](const Look&, BuildContext&) { return Error(Errc::unsupported, "only for checks"); });
  Spec<Store> store("At a connection.");
  store.option("connection", &Store::connection, "Where.").required();
  store.option("stream", &Store::stream, "Which.");
  registry.add_sink<Store>(
      "store", store, [](const Store&, BuildContext&) { return Error(Errc::unsupported, "only for checks"); },
      [](const Store& config, const FindDescription&) {
        Description description;
        description.uses.push_back(Use::connection(config.connection, "eventstoredb", Use::How::writes));
        return description;
      });
  return registry;
}

class DiffTest : public testing::Test {
 protected:
  Topology parse(const std::string& yaml) {
    config::Diagnostics out;
    Topology topology = parse_topology(yaml, "f.yaml", registry_, config::environment(values_), out);
    EXPECT_FALSE(out.has_errors()) << out.str();
    return topology;
  }
  // What runs, with some texts replaced.
  static std::string with(std::initializer_list<std::pair<std::string_view, std::string_view>> edits) {
    std::string yaml(kRuns);
    for (const auto& [old_text, new_text] : edits) {
      const std::size_t at = yaml.find(old_text);
      EXPECT_NE(at, std::string::npos) << old_text;
      yaml.replace(at, old_text.size(), new_text);
    }
    return yaml;
  }
  TopologyDiff after(std::initializer_list<std::pair<std::string_view, std::string_view>> edits) {
    return diff(parse(std::string(kRuns)), parse(with(edits)));
  }
  std::vector<std::string> said(std::initializer_list<std::pair<std::string_view, std::string_view>> edits) {
    return describe_changes(after(edits), Unchanged::left_out);
  }

  const Registry registry_ = registry_with_more();
  std::map<std::string, std::string> values_;
};

TEST_F(DiffTest, TheSameFileChangesNothing) {
  const TopologyDiff same = after({});
  EXPECT_TRUE(same.empty());
  EXPECT_THAT(describe_changes(same, Unchanged::left_out), IsEmpty());
  EXPECT_THAT(describe_changes(same, Unchanged::shown),
              ElementsAre("connection 'broker': kept", "connection 'store': kept", "pipeline 'main': kept",
                          "pipeline 'second': kept"));
}

TEST_F(DiffTest, SpellingAndCommentsChangeNothing) {
  EXPECT_TRUE(after({{"      - persist: {}\n", "      # a remark\n      - persist: { on_exhausted: pause }\n"},
                     {"{ connection: broker, topics: [a, b] }", "{ topics: [ 'a', \"b\" ], connection: broker }"}})
                  .empty());
}

TEST_F(DiffTest, AStageThatOnlyLooksIsSwitchedWithoutSettling) {
  EXPECT_THAT(
      said({{"window: 1", "window: 2"}}),
      ElementsAre("pipeline 'main': switched; stage look rebuilt (window); its consumer and what is in flight stay"));
}

TEST_F(DiffTest, AStageIsAddedRemovedOrMoved) {
  EXPECT_THAT(said({{"      - look: { window: 1 }\n", ""}}), ElementsAre(HasSubstr("switched; stage look removed;")));
  EXPECT_THAT(said({{"      - look: { window: 1 }\n", "      - look: { window: 1 }\n      - look: { window: 7 }\n"}}),
              ElementsAre(HasSubstr("switched; stage look added; its consumer and")));
  EXPECT_THAT(said({{"      - look: { window: 1 }\n      - route: { to: events }\n",
                     "      - route: { to: events }\n      - look: { window: 1 }\n"}}),
              ElementsAre("pipeline 'main': switched; stage look moved; its consumer and what is in flight stay"));
}

TEST_F(DiffTest, AnotherRouteSettlesWhatIsInFlightFirst) {
  EXPECT_THAT(
      said({{"to: events", "to: copies"}}),
      ElementsAre("pipeline 'main': switched; stage route rebuilt (to); its consumer stays, what is in flight is "
                  "settled first"));
}

TEST_F(DiffTest, WhatComesBeforeTheRouteAndSaysWhatAMessageIsIsPartOfTheRoute) {
  Topology now = parse(std::string(kRuns));
  Topology next = parse(with({{"format: json", "format: raw"}}));
  EXPECT_FALSE(diff(now, next).pipelines[0].sinks_or_routes_changed) << "this 'decode' says nothing of itself";
  now.pipelines[0].stages[0].description.decodes = true;
  next.pipelines[0].stages[0].description.decodes = true;
  EXPECT_TRUE(diff(now, next).pipelines[0].sinks_or_routes_changed);
}

TEST_F(DiffTest, ASinkIsRebuiltAddedRemovedOrRenamed) {
  EXPECT_THAT(
      said({{"path: c.jsonl", "path: other.jsonl"}}),
      ElementsAre("pipeline 'main': switched; sink copies rebuilt (path); its consumer stays, what is in flight is "
                  "settled first"));
  EXPECT_THAT(said({{"      copies: { file: { path: c.jsonl } }\n", ""}}),
              ElementsAre(HasSubstr("; sink copies removed;")));
  EXPECT_THAT(said({{"      copies:", "      more: { file: { path: m.jsonl } }\n      copies:"}}),
              ElementsAre(HasSubstr("switched; sink more added;")));
  EXPECT_THAT(said({{"      copies:", "      backups:"}}),
              ElementsAre(HasSubstr("switched; sink backups added; sink copies removed;")));
  EXPECT_THAT(said({{"copies: { file: { path: c.jsonl } }", "copies: { stdout: { path: c.jsonl } }"}}),
              ElementsAre(HasSubstr("sink copies rebuilt ('file' before, now 'stdout')")));
}

TEST_F(DiffTest, TheOrderOfSinksIsSwitchedSinceLettersNameTheConfiguration) {
  const std::vector<std::string> sentences =
      said({{"      copies: { file: { path: c.jsonl } }\n", ""},
            {"      dlq: { file: { path: d.jsonl } }\n",
             "      dlq: { file: { path: d.jsonl } }\n      copies: { file: { path: c.jsonl } }\n"}});
  EXPECT_THAT(sentences,
              ElementsAre("pipeline 'main': switched; the order of its sinks; its consumer and what is in flight "
                          "stay"));
}

TEST_F(DiffTest, SettingsAreTakenOverAsItGoes) {
  EXPECT_THAT(said({{"  main:\n",
                     "  main:\n    window: 16\n    commit_interval: 2s\n    drain_timeout: 9s\n"
                     "    reload: { drain: 5s }\n"},
                    {"- persist: {}", "- persist: { on_exhausted: dlq }"}}),
              ElementsAre("pipeline 'main': switched; window 8 → 16; commit_interval 1s → 2s; drain_timeout 25s → 9s; "
                          "reload.drain 30s → 5s; persist; its consumer and what is in flight stay"));
}

TEST_F(DiffTest, WhatTheConsumerIsMadeOfMakesThePipelineRejoin) {
  EXPECT_THAT(
      said({{"topics: [a, b]", "topics: [a]"}}),
      ElementsAre("pipeline 'main': rejoined (source: topics); it finishes what it has begun, commits, leaves its "
                  "group and joins it again"));
  EXPECT_THAT(said({{"  main:\n", "  main:\n    lanes: 3\n    batch_messages: 10\n    memory: 2MiB\n"}}),
              ElementsAre(HasSubstr("rejoined (lanes 0 → 3, batch_messages 1000 → 10, memory 64MiB → 2MiB);")));
}

TEST_F(DiffTest, AConnectionTakesItsUsersWithIt) {
  EXPECT_THAT(said({{"a:9092", "b:9092"}}),
              ElementsAre("connection 'broker': rebuilt (brokers)",
                          HasSubstr("pipeline 'main': rejoined (the source's connection 'broker')"),
                          HasSubstr("pipeline 'second': rejoined (the source's connection 'broker')")));
  EXPECT_THAT(
      said({{"s:2113", "t:2113"}}),
      ElementsAre("connection 'store': rebuilt (brokers)",
                  "pipeline 'main': switched; sink events rebuilt (connection 'store'); its consumer stays, what is "
                  "in flight is settled first"));
}

TEST_F(DiffTest, AConnectionOfAnotherNameIsAnotherOne) {
  EXPECT_THAT(said({{"  store: {", "  vault: {"}, {"connection: store", "connection: vault"}}),
              ElementsAre("connection 'vault': added", "connection 'store': removed",
                          HasSubstr("sink events rebuilt (connection)")));
}

TEST_F(DiffTest, ASecretIsNoticedAndNeverShown) {
  const Topology now = parse(std::string(kRuns));
  values_["PASSWORD"] = "swordfish";
  const Topology next = parse(std::string(kRuns));
  EXPECT_THAT(describe_changes(diff(now, next), Unchanged::left_out),
              ElementsAre("connection 'broker': rebuilt (password)", HasSubstr("rejoined"), HasSubstr("rejoined")));
  EXPECT_EQ(now.config_hash, next.config_hash) << "the hash is for people";
}

TEST_F(DiffTest, PipelinesComeGoAndAreSwitched) {
  const std::string off = with({{"  second:\n", "  second:\n    enabled: false\n"}});
  const std::string without(kRuns.substr(0, kRuns.find("  second:")));
  const auto say = [this](const std::string& now, const std::string& next) {
    return describe_changes(diff(parse(now), parse(next)), Unchanged::left_out);
  };
  EXPECT_THAT(say(without, std::string(kRuns)), ElementsAre("pipeline 'second': added"));
  EXPECT_THAT(say(std::string(kRuns), without),
              ElementsAre("pipeline 'second': removed; it finishes what it has begun and commits"));
  EXPECT_THAT(say(off, std::string(kRuns)), ElementsAre("pipeline 'second': switched on"));
  EXPECT_THAT(say(std::string(kRuns), off),
              ElementsAre("pipeline 'second': switched off; it finishes what it has begun and commits"));
  EXPECT_THAT(say(off, without), IsEmpty()) << "what did not run and does not run is no change";
  EXPECT_THAT(say(without, off), IsEmpty());
}

TEST_F(DiffTest, FromNothingEverythingIsAdded) {
  EXPECT_THAT(describe_changes(diff(Topology(), parse(std::string(kRuns))), Unchanged::left_out),
              ElementsAre("connection 'broker': added", "connection 'store': added", "pipeline 'main': added",
                          "pipeline 'second': added"));
}

TEST_F(DiffTest, TheSameStandsInJson) {
  std::string json;
  {
    text::JsonWriter writer(json);
    writer.begin_object();
    write_changes(after({{"s:2113", "t:2113"}, {"window: 1", "window: 2"}}), writer);
    writer.end_object();
  }
  EXPECT_THAT(
      json,
      HasSubstr(
          R"("connections":[{"name":"broker","change":"kept"},{"name":"store","change":"rebuilt","why":"brokers"}])"));
  EXPECT_THAT(
      json,
      HasSubstr(
          R"({"name":"main","change":"switched","reasons":[],"stages":[{"name":"decode","change":"kept"},{"name":"look","change":"rebuilt","why":"window"},)"));
  EXPECT_THAT(json, HasSubstr(R"("sinks_or_routes_changed":true)"));
}

TEST(ChangedOptions, NamesThemWithTheirWay) {
  EXPECT_THAT(changed_options("{a: 1, b: 2}", "{a: 1, b: 2}"), IsEmpty());
  EXPECT_THAT(changed_options("{a: 1, b: {c: 2, d: [1, 2]}}", "{a: 2, b: {c: 2, d: [1, 3]}}"), ElementsAre("a", "b.d"));
  EXPECT_THAT(changed_options("{a: 1}", "{b: 1}"), ElementsAre("b", "a"));
  EXPECT_THAT(changed_options("{b: {}}", "{b: {c: 1}}"), ElementsAre("b.c"));
}

TEST(ChangedOptions, TextThatLooksLikeStructureIsText) {
  EXPECT_THAT(changed_options(R"({a: "x, b: {", c: 1})", R"({a: "x, b: {", c: 2})"), ElementsAre("c"));
  EXPECT_THAT(changed_options(R"({a: "\"}, b: 1", c: 1})", R"({a: "\"}, b: 2", c: 1})"), ElementsAre("a"));
}

TEST(ChangedOptions, AnyTextEnds) {
  for (const std::string_view text : {"", "{", "}", "{a", "{a:", "{\"", "{,,}", "{a: [}", "{{}}", "x"}) {
    EXPECT_THAT(changed_options(text, "{a: 1}"), ::testing::Contains("a")) << text;
    EXPECT_LE(changed_options("{a: 1}", text).size(), 3U) << text;
  }
}

}  // namespace
}  // namespace weir
