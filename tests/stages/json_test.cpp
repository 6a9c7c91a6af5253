#include "stages/json_cursor.hpp"
#include "stages/json_pointer.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstring>
#include <random>

namespace weir::stages {
namespace {

class JsonTest : public ::testing::TestWithParam<std::string> {
 protected:
  JsonTest() : index_(GetParam()) {}

  // Why the text is not JSON; empty = it is.
  std::string check(std::string_view text) {
    auto exact = std::make_unique<char[]>(text.size() + 1);
    std::memcpy(exact.get(), text.data(), text.size());
    if (!index_.build({exact.get(), text.size()})) return describe_problem(index_.problem());
    JsonCursor cursor(index_);
    JsonSlice slice;
    if (!cursor.value(slice) || !cursor.at_end()) return describe_problem(cursor.problem());
    return {};
  }
  static std::string describe_problem(const JsonProblem& problem) {
    return std::string(problem.what) + " @" + std::to_string(problem.at);
  }

  JsonIndex index_;
};

struct Case {
  std::string text;
  std::string problem;  // empty = good
};

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST_P(JsonTest, Table) {
  const std::string half_character = "{\"a\":\"\xc3\"}";
  const Case cases[] = {
      {"{}", ""},
      {"[]", ""},
      {" \t\r\n{ } ", ""},
      {"0", ""},
      {"-0.0e-0", ""},
      {"123456789012345678901234567890.5e+400", ""},
      {"\"a\\\"b\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", ""},
      {"\"\\ud800\"", ""},
      {"true", ""},
      {"[null,false,true,{\"a\":[{}]},[]]", ""},
      {"{\"a\":1,\"a\":2}", ""},
      {nested(256), ""},
      {nested(257), "it is nested more than 256 levels deep @256"},
      {std::string(100'000, '['), "it is nested more than 256 levels deep @256"},
      {std::string(100'000, '{'), "a member's name in quotes is expected @1"},
      {"", "there is nothing but white space @0"},
      {"   ", "there is nothing but white space @0"},
      {"{", "a member's name in quotes is expected @1"},
      {"[", "it ends where a value is expected (is it truncated?) @1"},
      {"[1,", "it ends where a value is expected (is it truncated?) @3"},
      {"[1", "it ends inside an object or array (is it truncated?) @2"},
      {"{\"a\"", "':' is expected @4"},
      {"{\"a\":", "it ends where a value is expected (is it truncated?) @5"},
      {"{\"a\":1", "it ends inside an object or array (is it truncated?) @6"},
      {"{\"a\":\"b", "it ends inside a string (is it truncated?) @5"},
      {"{\"a\":\"b\\", "it ends inside a string (is it truncated?) @5"},
      {"{\"a\":1,}", "a member's name in quotes is expected @7"},
      {"[1,]", "a value is expected @3"},
      {"[,1]", "a value is expected @1"},
      {"[1 2]", "',' or ']' is expected @3"},
      {"{\"a\":1 \"b\":2}", "',' or '}' is expected @7"},
      {"{\"a\" 1}", "':' is expected @5"},
      {"{a:1}", "a member's name in quotes is expected @1"},
      {"{1:1}", "a member's name in quotes is expected @1"},
      {"[}", "a value is expected @1"},
      {"[1}", "',' or ']' is expected @2"},
      {"{\"a\":1]", "',' or '}' is expected @6"},
      {"]", "a value is expected @0"},
      {":", "a value is expected @0"},
      {"{}{}", "something stands behind the end of the document @2"},
      {"{} x", "something stands behind the end of the document @3"},
      {"1 2", "something stands behind the end of the document @2"},
      {"\"a\"\"b\"", "something stands behind the end of the document @3"},
      {"\"a\"b", "something stands behind the end of the document @3"},
      {"01", "a number starts with a zero @0"},
      {"-", "a number has no digits @0"},
      {"+1", "a value is expected @0"},
      {".5", "a value is expected @0"},
      {"1.", "a number has no digit behind its point @0"},
      {"1.e5", "a number has no digit behind its point @0"},
      {"1e", "a number has no digit in its exponent @0"},
      {"1e+", "a number has no digit in its exponent @0"},
      {"1x", "a number is followed by something else @0"},
      {"[1\"a\"]", "a number is followed by something else @1"},
      {"0x10", "a number is followed by something else @0"},
      {"NaN", "a value is expected @0"},
      {"nul", "a value is expected @0"},
      {"nulll", "a value is expected @0"},
      {"True", "a value is expected @0"},
      {"[true\"\"]", "a value is expected @1"},
      {"'a'", "a value is expected @0"},
      {"\"\\x\"", "a text holds an escape that JSON does not have @1"},
      {"\"ab\\u12g4\"", "a text holds an escape that JSON does not have @3"},
      {"\"\\u12\"", "a text holds an escape that JSON does not have @1"},
      {"{\"\\q\":1}", "a text holds an escape that JSON does not have @2"},
      {"[\"a\nb\"]", "a control character stands unescaped in a string @3"},
      {std::string("[\"a\0b\"]", 7), "a control character stands unescaped in a string @3"},
      {std::string("\0", 1), "a value is expected @0"},
      {half_character, "it is not valid UTF-8 @6"},
      {"\"\xed\xa0\x80\"", "it is not valid UTF-8 @1"},
      {"\"\xf4\x90\x80\x80\"", "it is not valid UTF-8 @1"},
      {"\"\xc0\x80\"", "it is not valid UTF-8 @1"},

      {"\xef\xbb\xbf{} x", "something stands behind the end of the document @6"},
      {"\xef\xbb\xbf{}", ""},
      {"[1,/*c*/2]", "a value is expected @3"},
  };
  for (const Case& c : cases) EXPECT_EQ(check(c.text), c.problem) << c.text.substr(0, 60);
  EXPECT_NE(check("\xff\xfe{"), "");  // the kernels differ in what they say first of bytes outside strings
}

TEST_P(JsonTest, EveryPrefixOfADocumentIsRefused) {
  const std::string text = R"({"eventId":"x\u00e9","n":-1.5e3,"t":true,"z":null,"a":[1,{"b":"c"},[]],"o":{}})";
  ASSERT_EQ(check(text), "");
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_NE(check(text.substr(0, size)), "") << size;
}

// Random documents, half of them with a random byte changed: this cursor and simdjson's own parser must agree.
class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::string document() {
    std::string out;
    value(out, 0);
    if (pick(2) == 0) {
      const std::size_t at = pick(out.size());
      static constexpr std::string_view kBytes = "{}[]:,\"\\ 0-.eEtfn\x01\x80\xc3\xff/";
      switch (pick(3)) {
        case 0:
          out[at] = kBytes[pick(kBytes.size())];
          break;
        case 1:
          out.erase(at, 1);
          break;
        default:
          out.insert(at, 1, kBytes[pick(kBytes.size())]);
      }
    }
    return out;
  }
  std::size_t pick(std::size_t n) { return n == 0 ? 0 : random_() % n; }

 private:
  void space(std::string& out) {
    while (pick(6) == 0) out += " \t\n\r"[pick(4)];
  }
  void text(std::string& out) {
    static const char* kParts[] = {"a",    "é",  "\\n", "\\u0041", "\\ud83d\\ude00", "x y", "{[,:]}", "\\\\",
                                   "\\\"", "😀", "/",   ""};
    out += '"';
    for (std::size_t i = pick(5); i > 0; --i) out += kParts[pick(std::size(kParts))];
    out += '"';
  }
  void value(std::string& out, int depth) {
    space(out);
    static const char* kScalars[] = {"0", "-1", "12.5", "1e5", "-0.25E-3", "true", "false", "null", "123456"};
    const std::size_t kind = pick(depth > 6 ? 2 : 4);
    if (kind == 0) {
      out += kScalars[pick(std::size(kScalars))];
    } else if (kind == 1) {
      text(out);
    } else {
      out += kind == 2 ? '[' : '{';
      for (std::size_t i = 0, n = pick(5); i < n; ++i) {
        if (i > 0) out += ',';
        space(out);
        if (kind == 3) {
          text(out);
          space(out);
          out += ':';
        }
        value(out, depth + 1);
      }
      space(out);
      out += kind == 2 ? ']' : '}';
    }
    space(out);
  }
  std::mt19937 random_;
};

TEST_P(JsonTest, AgreesWithSimdjson) {
  RandomJson random(20260101);
  simdjson::dom::parser dom;
  int good = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random.document();
    const simdjson::error_code error = dom.parse(simdjson::padded_string(text)).error();
    const std::string ours = check(text);
    // simdjson refuses numbers that a double cannot hold and lone surrogates; these are grammatical, and pass here.
    if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) continue;
    ASSERT_EQ(ours.empty(), error == simdjson::SUCCESS) << text << "\n"
                                                        << ours << "\n"
                                                        << simdjson::error_message(error);
    good += ours.empty() ? 1 : 0;
  }
  EXPECT_GT(good, 5'000);
}

TEST_P(JsonTest, PointersFind) {
  const std::string text = R"({"a":{"b/c":[10,{"x~":"é"},"s"]},"":5,"\u0061b":6,"a":0})";
  ASSERT_TRUE(index_.build(text));
  const std::pair<const char*, const char*> cases[] = {
      {"/a/b~1c/0", "10"}, {"/a/b~1c/1/x~0", "\"é\""}, {"/a/b~1c/2", "\"s\""}, {"/", "5"},       {"/ab", "6"},
      {"/a/b~1c/3", ""},   {"/a/b~1c/00", ""},         {"/a/b~1c/-", ""},      {"/nothing", ""}, {"/a/b~1c/0/x", ""},
  };
  for (const auto& [pointer, value] : cases) {
    JsonSlice slice;
    JsonProblem problem;
    const JsonPointer::Found found = JsonPointer::parse(pointer)->find(index_, slice, problem);
    EXPECT_EQ(found == JsonPointer::Found::yes ? slice.raw(text) : "", value) << pointer;
  }
  EXPECT_FALSE(JsonPointer::parse("a").has_value());
  EXPECT_FALSE(JsonPointer::parse("/~2").has_value());
  EXPECT_FALSE(JsonPointer::parse("/~").has_value());
}

TEST_P(JsonTest, GivesLargeBuffersBack) {
  const std::string large = "\"" + std::string(3 << 20, 'a') + "\"";
  EXPECT_EQ(check(large), "");
  EXPECT_EQ(check("{}"), "");
  EXPECT_EQ(check(large), "");
}

INSTANTIATE_TEST_SUITE_P(Kernels, JsonTest, ::testing::ValuesIn(JsonIndex::kernels()),
                         [](const auto& info) { return info.param; });

TEST(JsonText, Unescape) {
  const auto plain = [](std::string_view inside) -> std::string {
    std::string out(inside.size(), '\0');
    std::size_t size = 0;
    if (!unescape(inside, out.data(), size)) return "(no text)";
    return out.substr(0, size);
  };
  EXPECT_EQ(plain(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(plain(R"(\u0041\u00e9\u20AC\ud83d\ude00)"), "Aé€😀");
  EXPECT_EQ(plain(R"(\ud83d)"), "(no text)");
  EXPECT_EQ(plain(R"(\ud83dx)"), "(no text)");
  EXPECT_EQ(plain(R"(\ud83d\u0041)"), "(no text)");
  EXPECT_EQ(plain(R"(\ude00\ud83d)"), "(no text)");
}

}  // namespace
}  // namespace weir::stages
