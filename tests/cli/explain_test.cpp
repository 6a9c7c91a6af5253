// `weir explain`: what it says follows from the configuration, and nothing that it must say is missing.
#include "cli/inspect/explanation.hpp"
#include "cli/inspect/paragraphs.hpp"
#include "tests/cli/inspect_kit.hpp"

#include <gmock/gmock.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() { register_all(registry_); }

  PipelineExplanation explained(const std::string& yaml) {
    return explain(plan_of(yaml, registry_).pipelines.at(0), 4);
  }
  // kOrders with one text in the place of another.
  PipelineExplanation with(const std::string& from, const std::string& to) {
    std::string yaml = kOrders;
    const std::size_t at = yaml.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return explained(yaml.replace(at, from.size(), to));
  }
  static std::string said(const std::vector<Saying>& sayings, const std::string& key) {
    std::string text;
    for (const Saying& saying : sayings) {
      if (saying.key != key) continue;
      for (const std::string& one : saying.texts) text += one + "\n";
    }
    return text;
  }
  static const PathExplanation& path_to(const PipelineExplanation& pipeline, const std::string& sink) {
    const auto found = std::ranges::find(pipeline.paths, sink, &PathExplanation::sink);
    EXPECT_NE(found, pipeline.paths.end()) << sink;
    return *found;
  }

  Registry registry_;
};

TEST_F(ExplainTest, EachSinkThatEventsReachHasItsPath) {
  const PipelineExplanation orders = explained(kOrders);
  ASSERT_EQ(orders.paths.size(), 2u) << "the sink for dead letters is none";
  const PathExplanation& audit = path_to(orders, "audit");
  EXPECT_THAT(audit.through, ElementsAre("kafka", "decode", "dedupe", "route"));
  EXPECT_THAT(audit.patterns, ElementsAre("Audit*"));
  EXPECT_THAT(path_to(orders, "events").patterns, ElementsAre("everything else"));
  EXPECT_EQ(with("\"Audit*\": audit, ", "").paths.size(), 1u);
}

TEST_F(ExplainTest, TheGuaranteeNamesWhatLimitsIt) {
  const PipelineExplanation orders = explained(kOrders);
  EXPECT_EQ(path_to(orders, "audit").guarantee.level, Guarantee::Level::at_least_once);
  EXPECT_EQ(path_to(orders, "audit").limited_by, "the sink 'audit' (file)");
  EXPECT_EQ(path_to(orders, "events").limited_by, "the sink 'events' (eventstoredb)");
  const PipelineExplanation inside = with("esdb://h:2113?tls=false", "embedded");
  EXPECT_EQ(path_to(inside, "events").guarantee.level, Guarantee::Level::exactly_once);
  EXPECT_EQ(path_to(inside, "events").limited_by, "");
}

TEST_F(ExplainTest, OrderAndWhatWaitsAreSaidOfEachPath) {
  const PipelineExplanation orders = explained(kOrders);
  EXPECT_THAT(said(path_to(orders, "events").sayings, "order"),
              AllOf(HasSubstr("kafka: Records of one partition"), HasSubstr("events: Events of one stream")));
  EXPECT_THAT(said(path_to(orders, "events").sayings, "stuck"),
              AllOf(HasSubstr("same stream wait"), HasSubstr("until the window is full, which is 8 batches"),
                    HasSubstr("one of 2."), HasSubstr("divided by the number of lanes")));
  EXPECT_THAT(said(path_to(orders, "audit").sayings, "stuck"), HasSubstr("All later events of its lane"));
  EXPECT_THAT(said(path_to(with("lanes: 2", "lanes: 1"), "events").sayings, "stuck"), HasSubstr("the only one"));
}

TEST_F(ExplainTest, ARedeliveryIsExplainedByWhoMeetsIt) {
  const PathExplanation events = path_to(explained(kOrders), "events");
  EXPECT_THAT(said(events.sayings, "redelivery"), AllOf(HasSubstr("dedupe: "), HasSubstr("counts as a duplicate"),
                                                        HasSubstr("with other content is dead-lettered")));
  EXPECT_THAT(said(events.sayings, "copies"), AllOf(HasSubstr("event_id within 1h"), HasSubstr("Its limits")));
  EXPECT_THAT(said(path_to(with("- dedupe: { window: 1h }", ""), "events").sayings, "copies"), "");
}

TEST_F(ExplainTest, TriesAndTheirHorizonComeFromPersist) {
  EXPECT_THAT(said(explained(kOrders).sayings, "tries"),
              AllOf(HasSubstr("3 times in all, with waits of 100ms, 200ms: some 300ms"),
                    HasSubstr("the pipeline pauses"), HasSubstr("every 1s for ever")));
  const PipelineExplanation gives_up = with("max: 1s }", "max: 1s }, on_exhausted: dlq");
  EXPECT_THAT(said(gives_up.sayings, "tries"), AllOf(HasSubstr("is dead-lettered"), Not(HasSubstr("for ever"))));
  EXPECT_THAT(said(path_to(gives_up, "events").sayings, "stuck"), HasSubstr("given up after some 300ms"));
  EXPECT_THAT(said(with("attempts: 3", "attempts: 1").sayings, "tries"), HasSubstr("is sent 1 time in all."));
  EXPECT_THAT(said(with("attempts: 3", "attempts: 1000").sayings, "tries"), HasSubstr("800ms, …"));
}

TEST_F(ExplainTest, BadEventsUnknownTypesAndTombstonesHaveTheirEnd) {
  const PipelineExplanation orders = explained(kOrders);
  EXPECT_THAT(said(orders.sayings, "bad_event"),
              AllOf(HasSubstr("decode: "), HasSubstr("events: "), Not(HasSubstr("dlq: "))));
  const PipelineExplanation letters =
      with("{ kafka: { connection: k, topic: orders.dlq } }", "{ eventstoredb: { connection: s, stream: dead } }");
  EXPECT_THAT(said(letters.sayings, "bad_event"), Not(HasSubstr("dlq: "))) << "it takes them all";
  EXPECT_THAT(said(orders.sayings, "unknown_type"), HasSubstr("goes to 'events'"));
  EXPECT_THAT(said(with(", default: events", "").sayings, "unknown_type"), HasSubstr("is dead-lettered"));
  EXPECT_THAT(said(with("default: events", "default: drop").sayings, "unknown_type"), HasSubstr("is dropped"));
  EXPECT_THAT(
      said(with("- route: { to: { \"Audit*\": audit, \"Test*\": drop, \"Ping\": drop, default: events } }", "").sayings,
           "unknown_type"),
      HasSubstr("No stage looks for it"));
  EXPECT_THAT(said(orders.sayings, "tombstone"), HasSubstr("dead-lettered"));
  EXPECT_THAT(said(with("{ tombstone: fail }", "{}").sayings, "tombstone"), HasSubstr("dropped"));
}

TEST_F(ExplainTest, DeadLettersHaveAPlaceOrStopThePipeline) {
  EXPECT_THAT(said(explained(kOrders).sayings, "dead_letters"),
              AllOf(HasSubstr("'dlq' (kafka: orders.dlq at the connection \"k\")"), HasSubstr("own bytes")));
  EXPECT_THAT(said(with("dlq: { kafka: { connection: k, topic: orders.dlq } }", "").sayings, "dead_letters"),
              HasSubstr("pauses the pipeline"));
}

TEST_F(ExplainTest, MemoryIsGivenInAllAndPerLane) {
  EXPECT_THAT(said(explained(kOrders).sayings, "memory"),
              AllOf(HasSubstr("at most 64MiB, that is some 32MiB and 8 batches of up to 1000 events per lane"),
                    HasSubstr("kafka: "), HasSubstr("dedupe: Up to 1000000 ids")));
}

TEST_F(ExplainTest, LanesAreCountedByTheWorkersUnlessTheyAreGiven) {
  EXPECT_THAT(said(explained(kOrders).sayings, "reads"), HasSubstr("in 2 lanes."));
  EXPECT_THAT(said(with("lanes: 2", "lanes: 0").sayings, "reads"), HasSubstr("in 4 lanes, one per worker"));
}

TEST_F(ExplainTest, ProseFitsItsWidthAndJsonHasTheSame) {
  const std::string prose = render_explanations({explained(kOrders)}, 80, false);
  std::istringstream lines(prose);
  for (std::string line; std::getline(lines, line);) {
    const auto width =
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    EXPECT_LE(width, 80) << line;
  }
  EXPECT_THAT(prose, AllOf(HasSubstr("pipeline orders\n"), HasSubstr("kafka → decode → dedupe → route → events\n"),
                           HasSubstr("    delivery      at least once.")));
  EXPECT_THAT(render_explanations_json({explained(kOrders)}),
              AllOf(HasSubstr(R"("sink":"audit","guarantee":"at_least_once")"), HasSubstr(R"("patterns":["Audit*"])")));
}

TEST(Paragraph, WordsStandInLinesAndLongOnesAlone) {
  EXPECT_EQ(paragraph("one two three", 2, 9), "  one two\n  three\n");
  EXPECT_EQ(paragraph("a verylongword b", 0, 5), "a\nverylongword\nb\n");
  EXPECT_EQ(paragraph("", 2, 9), "  \n");
  EXPECT_EQ(paragraph("\x1b[31m", 0, 20), "\\x1b[31m\n");
}

}  // namespace
}  // namespace weir::cli
