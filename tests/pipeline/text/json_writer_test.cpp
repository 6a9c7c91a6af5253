#include "pipeline/text/json_writer.hpp"

#include "pipeline/text/json.hpp"
#include "pipeline/text/quotes.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weir::text {
namespace {

std::string as_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonString, EscapesWhatMustBeAndNothingElse) {
  EXPECT_EQ(as_string(""), R"("")");
  EXPECT_EQ(as_string("plain /~"), R"("plain /~")");
  EXPECT_EQ(as_string("\"\\\n\t\r"), R"("\"\\\n\t\r")");
  EXPECT_EQ(as_string(std::string_view("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(as_string("é 漢 😀"), "\"é 漢 😀\"");
  EXPECT_EQ(as_string("a\xff\xc3"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonString, KnowsEveryByteWhereverItStands) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string character(1, static_cast<char>(byte));
    const bool plain = byte >= 0x20 && byte <= 0x7e && byte != '"' && byte != '\\';
    const std::string alone = as_string(character);
    ASSERT_EQ(alone == '"' + character + '"', plain) << byte;
    for (std::size_t before = 0; before < 18; ++before) {
      const std::string front(before, 'a');
      const std::string back(17 - before, '~');
      const std::string expected = '"' + front + alone.substr(1, alone.size() - 2) + back + '"';
      ASSERT_EQ(as_string(front + character + back), expected) << byte << " behind " << before;
    }
  }
}

TEST(Quoted, IsCutBetweenCharacters) {
  EXPECT_EQ(text::quoted("a\"b"), R"("a\"b")");
  EXPECT_EQ(text::quoted(std::string(64, 'x')), '"' + std::string(64, 'x') + '"');
  EXPECT_EQ(text::quoted(std::string(63, 'x') + "é"), '"' + std::string(63, 'x') + "\"... (65 bytes)");
}

TEST(JsonWriter, WritesEveryKindOfValue) {
  std::string out = "> ";
  {
    JsonWriter json(out);
    json.begin_object();
    json.member("text", "a\"b");
    json.member("least", std::numeric_limits<std::int64_t>::min());
    json.member("most", std::numeric_limits<std::uint64_t>::max());
    json.member("small", std::int32_t{-1});
    json.member("real", 0.25);
    json.member("none", std::numeric_limits<double>::infinity());
    json.member("yes", true);
    json.member("known", std::optional<int>(7));
    json.member("unknown", std::optional<std::string>());
    json.null_member("null");
    json.raw_member("raw", "[1, 2]");
    json.key("line");
    json.raw_on_one_line("{\n\"a\":\r\n1}");
    json.key("list");
    json.begin_array();
    json.value(1);
    json.value("two");
    json.begin_object();
    json.raw_members(R"("c":3,"d":4)");
    json.member("e", 5);
    json.end_object();
    json.null();
    json.end_array();
    json.end_object();
  }
  EXPECT_EQ(out, R"(> {"text":"a\"b","least":-9223372036854775808,"most":18446744073709551615,"small":-1,"real":0.25,)"
                 R"("none":null,"yes":true,"known":7,"unknown":null,"null":null,"raw":[1, 2],"line":{ "a":  1},)"
                 R"("list":[1,"two",{"c":3,"d":4,"e":5},null]})");
}

TEST(JsonWriter, LaysOutAsToldAndNothingInWhatIsEmpty) {
  const auto write = [](JsonLayout layout) {
    std::string out;
    JsonWriter json(out, layout);
    json.begin_object();
    json.member("a", 1);
    json.key("b");
    json.begin_array();
    json.value(2);
    json.value(3);
    json.end_array();
    json.key("c");
    json.begin_object();
    json.end_object();
    json.key("d");
    json.begin_array(JsonLayout::spaced);
    json.value(4);
    json.begin_array();
    json.value(5);
    json.value(6);
    json.end_array();
    json.end_array();
    json.end_object();
    return out;
  };
  EXPECT_EQ(write(JsonLayout::compact), R"({"a":1,"b":[2,3],"c":{},"d":[4, [5, 6]]})");
  EXPECT_EQ(write(JsonLayout::spaced), R"({"a": 1, "b": [2, 3], "c": {}, "d": [4, [5, 6]]})");
  EXPECT_EQ(write(JsonLayout::lines), R"({
  "a": 1,
  "b": [
    2,
    3
  ],
  "c": {},
  "d": [4, [5, 6]]
})");
}

TEST(JsonWriter, AnyValueMayStandAlone) {
  std::string out;
  JsonWriter(out).value("x");
  JsonWriter(out, JsonLayout::lines).value(1);
  EXPECT_EQ(out, R"("x"1)");
}

#ifndef NDEBUG
TEST(JsonWriterDeathTest, MisuseAsserts) {
  std::string out;
  const auto in_object = [&out](auto misuse) {
    JsonWriter json(out);
    json.begin_object();
    misuse(json);
    json.end_object();
  };
  EXPECT_DEATH(in_object([](JsonWriter& json) { json.value(1); }), "a value in an object has a key");
  EXPECT_DEATH(in_object([](JsonWriter& json) { json.key("a"); }), "the last key has no value");
  EXPECT_DEATH(in_object([](JsonWriter& json) {
                 json.key("a");
                 json.key("b");
               }),
               "the key before has no value");
  EXPECT_DEATH(in_object([](JsonWriter& json) { json.end_array(); }), "what is ended was not begun");
  EXPECT_DEATH(in_object([](JsonWriter& json) { json.end_object(); }), "what is ended was not begun");
  EXPECT_DEATH(JsonWriter(out).begin_array(), "was not ended");
  EXPECT_DEATH(JsonWriter(out).key("a"), "a key stands in an object");
  EXPECT_DEATH(
      {
        JsonWriter json(out);
        json.value(1);
        json.value(2);
      },
      "a writer writes one value");
}
#endif

}  // namespace
}  // namespace weir::text
