#include "cli/terminal/progress.hpp"

#include "cli/run/run_display.hpp"
#include "cli/terminal/terminal.hpp"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using namespace std::chrono_literals;

PipelineFigures figures() {
  PipelineFigures f;
  f.name = "domain-events";
  f.state = "running";
  f.consumed = 12'345;
  f.written = 12'000;
  f.duplicates = 12;
  f.dropped = 3;
  f.dead_lettered = 120;
  f.in_flight = 210;
  f.lag = 77;
  return f;
}

TEST(Figures, OneLineSaysEverything) {
  EXPECT_EQ(
      render_figures(figures(), 3140, 13, 200, false),
      "domain-events  running    3.1k/s  consumed 12 345  written 12 000  duplicates 12  dropped 3  dead-lettered 120"
      "  in flight 210  lag 77");
}

TEST(Figures, UnknownLagIsNotShown) {
  PipelineFigures f = figures();
  f.lag.reset();
  EXPECT_EQ(render_figures(f, 0, 13, 200, false).find("lag"), std::string::npos);
}

TEST(Figures, ShortFormsOnANarrowTerminalAndThenAnEllipsis) {
  EXPECT_EQ(render_figures(figures(), 3140, 13, 100, false),
            "domain-events  running    3.1k/s  in 12.3k  out 12.0k  dup 12  drop 3  dlq 120  open 210  lag 77");
  EXPECT_EQ(render_figures(figures(), 3140, 13, 40, false), "domain-events  running    3.1k/s  in 12…");
}

TEST(Figures, ColoursOnlyWhenWanted) {
  EXPECT_EQ(render_figures(figures(), 1, 13, 500, false).find('\x1b'), std::string::npos);
  EXPECT_NE(render_figures(figures(), 1, 13, 500, true).find("\x1b[32mrunning"), std::string::npos);
}

PipelineSummary summary() {
  PipelineSummary s;
  s.name = "p";
  s.state = "paused";
  s.reasons = {"the store esdb://h is away\x1b"};
  s.consumed = 100;
  s.dropped = {{"duplicate", 4}, {"tombstone", 3}};
  s.errors_by_class = {{"data", 2}};
  return s;
}

TEST(RunDisplay, SaysBelowTheLineWhyNothingMoves) {
  RunDisplay display;
  const TimePoint start{1h};
  std::vector<std::string> lines = display.lines({{summary()}}, start, 200, false);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("dropped 7"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], "  the store esdb://h is away\\x1b");
  PipelineSummary later = summary();
  later.consumed = 1100;
  later.reasons.clear();
  later.state = "running";
  later.last_source_error = "no broker";
  lines = display.lines({{later}}, start + 1s, 200, false);
  EXPECT_NE(lines[0].find("1.0k/s"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], "  no broker");
  later.partitions.push_back({.id = {}, .assigned = true});
  EXPECT_EQ(display.lines({{later}}, start + 1s, 200, false).size(), 1u);
}

TEST(RunDisplay, TheEndNamesReasonsAndErrors) {
  const std::string end = describe_end({{summary()}}, false);
  EXPECT_NE(end.find("\n  dropped 4: duplicate\n  dropped 3: tombstone\n  errors 2: data\n"), std::string::npos) << end;
}

TEST(RunDisplay, ARunTooShortForARateHasNone) {
  PipelineSummary brief = summary();
  brief.consumed = 13;
  brief.active_seconds = 0.00000004;
  const std::string end = describe_end({{brief}}, false);
  EXPECT_NE(end.find(" -/s  consumed 13"), std::string::npos) << end;
  EXPECT_NE(render_json({{brief}}).find("\"consumed_per_second\": null"), std::string::npos);
  brief.active_seconds = 0.5;
  EXPECT_NE(describe_end({{brief}}, false).find(" 26/s"), std::string::npos);
  EXPECT_NE(render_json({{brief}}).find("\"consumed_per_second\": 26"), std::string::npos);
}

TEST(RateMeter, SpansTheLastSeconds) {
  RateMeter rate(2s);
  const TimePoint start{1h};
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(start, 0);
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(start + 1s, 1000);
  EXPECT_DOUBLE_EQ(rate.per_second(), 1000);
  rate.sample(start + 2s, 3000);
  rate.sample(start + 3s, 5000);
  EXPECT_DOUBLE_EQ(rate.per_second(), 2000);  // the first second is forgotten
  for (int i = 4; i < 10; ++i) rate.sample(start + i * 1s, 5000);
  EXPECT_EQ(rate.per_second(), 0);
}

TEST(RateMeter, SurvivesACountThatShrinksAndAClockThatStands) {
  RateMeter rate(2s);
  const TimePoint start{1h};
  rate.sample(start, 10);
  rate.sample(start, 20);
  EXPECT_EQ(rate.per_second(), 0);
  rate.sample(start + 1s, 5);
  EXPECT_EQ(rate.per_second(), 0);
}

Environment environment_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

TEST(TerminalTraits, ColoursFollowTheTerminalAndNoColor) {
  EXPECT_TRUE(terminal_traits(true, 100, environment_of({{"TERM", "xterm"}})).colours);
  EXPECT_EQ(terminal_traits(true, 100, environment_of({})).width, 100u);
  EXPECT_FALSE(terminal_traits(false, 0, environment_of({})).interactive);
  EXPECT_FALSE(terminal_traits(false, 0, environment_of({})).colours);
  const TerminalTraits no_color = terminal_traits(true, 0, environment_of({{"NO_COLOR", "1"}}));
  EXPECT_TRUE(no_color.interactive);
  EXPECT_FALSE(no_color.colours);
  EXPECT_EQ(no_color.width, 80u);
  EXPECT_TRUE(terminal_traits(true, 0, environment_of({{"NO_COLOR", ""}})).colours);
  EXPECT_FALSE(terminal_traits(true, 0, environment_of({{"TERM", "dumb"}})).interactive);
}

TEST(LiveDisplay, RedrawsInPlaceBelowTheLog) {
  std::string screen;
  LiveDisplay display([&screen](std::string_view text) { screen.append(text); });
  display.show({"a", "b"});
  EXPECT_EQ(screen, "a\nb");
  screen.clear();
  display.print_above("log line\n");
  EXPECT_EQ(screen, "\r\x1b[1A\x1b[Jlog line\na\nb");
  screen.clear();
  display.show({"c"});
  EXPECT_EQ(screen, "\r\x1b[1A\x1b[Jc");
  screen.clear();
  display.clear();
  EXPECT_EQ(screen, "\r\x1b[J");
  screen.clear();
  display.clear();
  display.print_above("after");
  EXPECT_EQ(screen, "after\n");
}

}  // namespace
}  // namespace weir::cli
