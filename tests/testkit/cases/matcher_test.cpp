#include "testkit/expect/matcher.hpp"

#include "expect_kit.hpp"
#include "testkit/expect/json_node.hpp"

namespace weir::testkit {
namespace {

using ::testing::HasSubstr;

// The difference, or nothing.
std::string differs(const std::string& expected, const std::optional<std::string>& bytes) {
  config::Diagnostics findings;
  const std::optional<Matcher> matcher = Matcher::read(yaml(expected), "value", findings);
  EXPECT_EQ(findings.str(), "");
  if (!matcher) return "not read";
  const std::optional<Unlike> unlike = matcher->differs(bytes, "value");
  return unlike ? unlike->str() : "";
}

std::string finding(const std::string& expected) {
  config::Diagnostics findings;
  EXPECT_FALSE(Matcher::read(yaml(expected), "value", findings).has_value());
  return findings.str();
}

TEST(MatcherTest, AScalarIsTheseBytes) {
  EXPECT_EQ(differs("shipped", "shipped"), "");
  EXPECT_EQ(differs("5", "5"), "");
  EXPECT_EQ(differs("shipped", "shipped "), R"(value: expected "shipped", found "shipped ")");
  EXPECT_EQ(differs("shipped", std::nullopt), R"(value: expected the text "shipped", found null)");
  EXPECT_EQ(differs("a", std::string("\0\x01", 2)), "value: expected \"a\", found 2 bytes that are no text (0x0001)");
}

TEST(MatcherTest, NullIsKafkasNullAndNoEmptyText) {
  EXPECT_EQ(differs("null", std::nullopt), "");
  EXPECT_EQ(differs("null", ""), R"(value: expected null, found "")");
  EXPECT_EQ(differs("\"\"", ""), "");
}

TEST(MatcherTest, ARegexIsLookedForAnywhere) {
  EXPECT_EQ(differs("{ regex: 'ship+ed$' }", "was shipped"), "");
  EXPECT_EQ(differs("{ regex: '^ship' }", "was shipped"),
            R"(value: expected a text in which "^ship" is found, found "was shipped")");
  EXPECT_THAT(finding("{ regex: '(' }"),
              HasSubstr("t.yaml:1:10: error: value.regex: the regular expression \"(\" cannot"));
}

TEST(MatcherTest, AnyIsWhateverStandsThere) {
  EXPECT_EQ(differs("{ any: true }", "x"), "");
  EXPECT_EQ(differs("{ any: true }", std::nullopt), "");
  EXPECT_THAT(finding("{ any: false }"), HasSubstr("'any' is true, or is not written"));
}

TEST(MatcherTest, AMappingIsJsonWithAtLeastTheseMembers) {
  EXPECT_EQ(differs("{ amount: 5 }", R"({"amount":5,"more":1})"), "");
  EXPECT_EQ(differs("{ amount: 5, in: { a: [1, { b: x }] } }", R"({"in":{"a":[1,{"b":"x","c":2}]},"amount":5})"), "");
  EXPECT_EQ(differs("{ amount: 5, b: 1 }", R"({"amount":6})"), "value.amount: expected 5, found 6");
  EXPECT_EQ(differs("{ amount: 5 }", R"({"total":5})"), "value.amount: expected 5, found no such member");
  EXPECT_EQ(differs("{ amount: 5 }", "no"), R"(value: expected a JSON object, found "no", which is no JSON)");
  EXPECT_EQ(differs("{ amount: 5 }", "[5]"), "value: expected a JSON object, found [5]");
}

TEST(MatcherTest, JsonEqualsAdmitsNoOtherMemberAtAnyDepth) {
  EXPECT_EQ(differs("{ json_equals: { a: { b: 1 } } }", R"({"a":{"b":1}})"), "");
  EXPECT_EQ(differs("{ json_equals: { a: { b: 1 } } }", R"({"a":{"b":1,"c":2}})"),
            "value.a.c: expected no such member, found 2");
  EXPECT_EQ(differs("{ json: { a: 1 } }", R"({"a":1,"c":2})"), "");
}

TEST(MatcherTest, MembersThatAreCalledLikeAMatcherStandBelowJson) {
  EXPECT_EQ(differs("{ json: { any: 5 } }", R"({"any":5})"), "");
  EXPECT_EQ(differs("{ json: { any: 5 } }", R"({"any":6})"), "value.any: expected 5, found 6");
}

TEST(MatcherTest, AMatcherMayStandAtAnyDepth) {
  EXPECT_EQ(differs("{ at: { regex: '^2025-' }, list: [{ any: true }, 2] }", R"({"at":"2025-01-01","list":[{},2]})"),
            "");
  EXPECT_EQ(differs("{ at: { regex: '^2025-' } }", R"({"at":"2024-01-01"})"),
            R"(value.at: expected a text in which "^2025-" is found, found the text "2024-01-01")");
}

TEST(MatcherTest, ListsHaveAsManyItems) {
  EXPECT_EQ(differs("[1, 2]", "[1,2]"), "");
  EXPECT_EQ(differs("[1, 2]", "[1,2,3]"), "value: expected a JSON list of 2, found one of 3");
  EXPECT_EQ(differs("[1, 2]", "[1,3]"), "value[1]: expected 2, found 3");
}

TEST(MatcherTest, TypesAreThoseOfJson) {
  EXPECT_EQ(differs("{ a: \"5\" }", R"({"a":5})"), R"(value.a: expected the text "5", found 5)");
  EXPECT_EQ(differs("{ a: 5 }", R"({"a":"5"})"), R"(value.a: expected 5, found the text "5")");
  EXPECT_EQ(differs("{ a: true }", R"({"a":true})"), "");
  EXPECT_EQ(differs("{ a: true }", R"({"a":"true"})"), R"(value.a: expected true, found the text "true")");
  EXPECT_EQ(differs("{ a: null }", R"({"a":null})"), "");
  EXPECT_EQ(differs("{ a: null }", R"({"a":0})"), "value.a: expected null, found 0");
}

TEST(MatcherTest, NumbersAreEqualWhenTheySayTheSame) {
  EXPECT_EQ(differs("{ a: 1.50 }", R"({"a":1.5})"), "");
  EXPECT_EQ(differs("{ a: 100 }", R"({"a":1e2})"), "");
  // Beyond what a double can tell apart.
  EXPECT_EQ(differs("{ a: 9007199254740993 }", R"({"a":9007199254740992})"),
            "value.a: expected 9007199254740993, found 9007199254740992");
}

TEST(MatcherTest, TextsAreEqualWhateverTheirEscapes) {
  EXPECT_EQ(differs("{ a: \"\\u00e9\" }", R"({"a":"\u00e9"})"), "");
  EXPECT_EQ(differs("{ é: 1 }", R"({"\u00e9":1})"), "");
}

TEST(JsonNodeTest, JsonGoesThereAndBack) {
  for (const std::string json :
       {R"({"a":[1,2.5e3,"x",null,true,{}],"b":{"c":[]}})", R"("text")", "[[],[[]],{}]", "-0.5"}) {
    const std::optional<config::Node> node = node_of_json(json);
    ASSERT_TRUE(node.has_value()) << json;
    EXPECT_EQ(json_of_node(*node), json);
  }
  EXPECT_EQ(json_of_node(yaml("{ a: 0x1F, b: .5, c: yes, d: 007 }")), R"({"a":"0x1F","b":".5","c":"yes","d":"007"})");
}

TEST(JsonNodeTest, WhatIsNoJsonHasNoNode) {
  for (const std::string text : {"", "{", "[1,]", "{\"a\":1,}", "nul", "\"a", "{} {}", "01", "'a'"})
    EXPECT_FALSE(node_of_json(text).has_value()) << text;
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_FALSE(node_of_json(deep).has_value());
}

}  // namespace
}  // namespace weir::testkit
