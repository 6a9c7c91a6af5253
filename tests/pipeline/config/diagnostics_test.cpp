#include "pipeline/config/diagnostics.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

Mark mark(std::uint32_t line, std::uint32_t column) {
  return {std::make_shared<const std::string>("f.yaml"), line, column};
}

TEST(MarkTest, NamesWhatIsKnown) {
  EXPECT_EQ(mark(12, 7).str(), "f.yaml:12:7");
  EXPECT_EQ(mark(12, 0).str(), "f.yaml:12");
  EXPECT_EQ(mark(0, 0).str(), "f.yaml");
  EXPECT_EQ(Mark().str(), "");
}

TEST(DiagnosticsTest, OneLinePerFindingInOrder) {
  Diagnostics out;
  out.warning("unused-connection", mark(2, 3), "connections.a", "no pipeline uses this connection");
  EXPECT_FALSE(out.has_errors());
  out.error("unknown-key", mark(4, 5), "pipelines.p", "unknown key 'x'", "did you mean 'y'?");
  EXPECT_TRUE(out.has_errors());
  EXPECT_EQ(out.error_count(), 1U);
  EXPECT_EQ(out.str(),
            "f.yaml:2:3: warning: connections.a: no pipeline uses this connection [unused-connection]\n"
            "f.yaml:4:5: error: pipelines.p: unknown key 'x' (did you mean 'y'?) [unknown-key]\n");
}

TEST(DiagnosticsTest, KeepsABoundedNumberAndCountsTheRest) {
  Diagnostics out;
  for (std::size_t i = 0; i < Diagnostics::kMax + 5; ++i)
    out.error("syntax", mark(1, 1), "", "wrong " + std::to_string(i));
  EXPECT_EQ(out.all().size(), Diagnostics::kMax);
  EXPECT_EQ(out.error_count(), Diagnostics::kMax + 5);
  EXPECT_TRUE(out.str().ends_with("... and 5 more findings\n"));
}

TEST(DiagnosticsTest, TheSameOfTheSamePlaceIsSaidOnce) {
  Diagnostics out;
  out.error("wrong-type", mark(1, 1), "pipelines.a", "expected a text");
  out.error("wrong-type", mark(1, 1), "pipelines.b", "expected a text");
  out.error("wrong-type", mark(1, 2), "pipelines.b", "expected a text");
  EXPECT_EQ(out.all().size(), 2U);
  EXPECT_EQ(out.error_count(), 3U) << "whoever asks whether an error was found must hear of it";
  EXPECT_EQ(out.str().find("more"), std::string::npos);
}

TEST(DiagnosticsTest, OfAValueThatCouldNotBePutInNothingMoreIsSaid) {
  Diagnostics out;
  out.error("unset-variable", mark(1, 4), "a", "not set");
  out.error("wrong-type", mark(1, 4), "a", "expected a number");
  out.warning("secret-in-clear", mark(1, 4), "a", "in the file");
  out.error("wrong-type", mark(1, 5), "b", "expected a number");
  EXPECT_EQ(out.all().size(), 2U) << out.str();
}

TEST(DiagnosticsTest, AnErrorAfterManyWarningsStillCounts) {
  Diagnostics out;
  for (std::size_t i = 0; i < Diagnostics::kMax; ++i)
    out.warning("no-effect", mark(1, 1), "", "odd " + std::to_string(i));
  out.error("syntax", mark(1, 1), "", "wrong");
  EXPECT_TRUE(out.has_errors());
}

TEST(NearestTest, FindsSlipsOfThePen) {
  const std::vector<std::string_view> known{"window", "key", "connection", "instance_id"};
  EXPECT_EQ(nearest("windw", known), "window");
  EXPECT_EQ(nearest("widnow", known), "window");
  EXPECT_EQ(nearest("conection", known), "connection");
  EXPECT_EQ(nearest("Instance-Id", known), "instance_id");
  EXPECT_EQ(nearest("kye", known), "key");
}

TEST(NearestTest, LeavesOtherWordsAlone) {
  const std::vector<std::string_view> known{"window", "key", "to"};
  EXPECT_EQ(nearest("banana", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("xy", known), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'k'), known), "");
  EXPECT_EQ(nearest("key", {}), "");
}

TEST(QuoteTest, ShortensAndEscapes) {
  EXPECT_EQ(quote("abc"), "'abc'");
  EXPECT_EQ(quote("a\nb\x1b"), "'a\\nb\\x1b'");
  EXPECT_EQ(quote(std::string(100, 'x')), "'" + std::string(60, 'x') + "...'");
  EXPECT_EQ(quote(std::string(59, 'x') + "\xC3\xA9" + "zzz"),
            "'" + std::string(59, 'x') + "...'");  // not within a character
}

TEST(JoinPathTest, JoinsKeysAndIndexes) {
  EXPECT_EQ(join_path("", "a"), "a");
  EXPECT_EQ(join_path("a.b", "c"), "a.b.c");
  EXPECT_EQ(join_path("a", std::size_t{2}), "a[2]");
}

}  // namespace
}  // namespace weir::config
