#include "pipeline/text/json_digest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::text {
namespace {

bool same(std::string_view a, std::string_view b, const std::vector<std::string>& ignored = {}) {
  const JsonDigest digest(7, ignored);
  const std::optional<std::uint64_t> first = digest.of(a);
  const std::optional<std::uint64_t> second = digest.of(b);
  EXPECT_TRUE(first.has_value()) << a;
  EXPECT_TRUE(second.has_value()) << b;
  return first == second;
}

TEST(JsonDigest, OrderOfMembersAndBlanksDoNotCount) {
  EXPECT_TRUE(
      same(R"({"a":1,"b":{"c":[1,2],"d":"x"}})", " { \"b\" : {\t\"d\":\"x\", \"c\":[ 1 ,2]} ,\r\n\"a\" : 1 } "));
  EXPECT_TRUE(same("{}", " { } "));
  EXPECT_TRUE(same("[]", "[ ]"));
}

TEST(JsonDigest, AllElseCounts) {
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("[[1],2]", "[[1,2]]"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":2})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":1})"));
  EXPECT_FALSE(same(R"({"a":"x","b":"y"})", R"({"a":"y","b":"x"})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":"1"})"));
  EXPECT_FALSE(same(R"({"a":{"b":1},"c":{}})", R"({"a":{},"c":{"b":1}})"));
  EXPECT_FALSE(same("1", "1.0"));
  EXPECT_FALSE(same("123456789012345678901234567890", "123456789012345678901234567891"));
  EXPECT_FALSE(same("\"a b\"", "\"a  b\""));
  EXPECT_FALSE(same("{}", "[]"));
  EXPECT_FALSE(same("[]", "null"));
}

TEST(JsonDigest, TextsMayHoldWhatLooksLikeTheirEnd) {
  EXPECT_TRUE(same(R"({"a\"}":"]\\","b":1})", R"({"b":1,"a\"}":"]\\"})"));
  EXPECT_FALSE(same(R"("a\"")", R"("a\\")"));
}

TEST(JsonDigest, WhatIsIgnoredDoesNotCount) {
  const std::vector<std::string> ignored{"/sent", "/meta/a~1b", "/items/1/at"};
  const std::string_view first = R"({"sent":[1,{"x":"}"}],"meta":{"a/b":1,"c":2},"items":[{"at":1},{"at":2}]})";
  EXPECT_TRUE(same(first, R"({"meta":{"c":2},"items":[{"at":1},{}]})", ignored));
  EXPECT_FALSE(same(first, R"({"meta":{"c":3},"items":[{"at":1},{}]})", ignored));
  EXPECT_FALSE(same(first, R"({"meta":{"c":2},"items":[{"at":9},{}]})", ignored));
  EXPECT_FALSE(same(R"({"meta":{"sent":1}})", R"({"meta":{"sent":2}})", ignored)) << "a pointer begins at the top";
}

TEST(JsonDigest, PointersAreChecked) {
  for (const char* good : {"/a", "/", "/a/0", "/a~0b~1c"}) EXPECT_TRUE(is_json_pointer(good)) << good;
  for (const char* bad : {"", "a", "/a~", "/a~2"}) EXPECT_FALSE(is_json_pointer(bad)) << bad;
}

TEST(JsonDigest, WhatIsNoJsonHasNone) {
  const JsonDigest digest(7);
  for (const char* text :
       {"", " ", "{", "[1", "\"a", "\"a\\\"", "{\"a\"}", "{\"a\":}", "{a:1}", "[1]]", "1 2", "{\"a\":1,}"})
    EXPECT_FALSE(digest.of(text).has_value()) << text;
  EXPECT_TRUE(digest.of(std::string(200, '[') + std::string(200, ']')).has_value());
  EXPECT_FALSE(digest.of(std::string(100'000, '[')).has_value());
}

TEST(JsonMember, IsTheValueAsItIsWritten) {
  const std::string_view json = R"( { "a" : "x" , "b":{ "c":[1, 2] } ,"a":2, "d":3 })";
  EXPECT_EQ(json_member(json, "a"), "\"x\"");
  EXPECT_EQ(json_member(json, "b"), R"({ "c":[1, 2] })");
  EXPECT_EQ(json_member(json, "d"), "3");
  EXPECT_EQ(json_member(json, "c"), std::nullopt);
  EXPECT_EQ(json_member("{}", "a"), std::nullopt);
  EXPECT_EQ(json_member("[1]", "a"), std::nullopt);
  EXPECT_EQ(json_member("", "a"), std::nullopt);
  EXPECT_EQ(json_member(R"({"a":)", "a"), std::nullopt);
}

}  // namespace
}  // namespace weir::text
