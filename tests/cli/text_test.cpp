#include "cli/terminal/text.hpp"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

TEST(Printable, LetsNoControlSequenceThrough) {
  EXPECT_EQ(printable("plain é 漢"), "plain é 漢");
  EXPECT_EQ(printable("\x1b[2Jx"), "\\x1b[2Jx");
  EXPECT_EQ(printable("a\nb\x7f"), "a\\x0ab\\x7f");
  EXPECT_EQ(printable("a\nb", true), "a\nb");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");                      // C1 CSI
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");  // not UTF-8
}

TEST(PrettyJson, SpreadsAndKeepsStrings) {
  EXPECT_EQ(pretty_json(R"({"a":[1,{"b":"x,{}\"]"}],"c":{},"d":[ ]})", 2, 0),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{}\\\"]\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

TEST(PrettyJson, AnyBytesEndSomewhereAndDeepNestingStaysSmall) {
  EXPECT_EQ(pretty_json("}}]", 2, 0), "\n}\n}\n]");
  EXPECT_EQ(pretty_json("\"open \\", 2, 0), "\"open \\");
  const std::string deep(100'000, '[');
  EXPECT_LT(pretty_json(deep, 2, 0).size(), deep.size() * 60);
}

TEST(Numbers, AreReadable) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1 234 567");
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(950.4), "950");
  EXPECT_EQ(short_number(999.7), "1.0k");
  EXPECT_EQ(short_number(3140), "3.1k");
  EXPECT_EQ(short_number(123'456), "123k");
  EXPECT_EQ(short_number(2.5e6), "2.5M");
}

TEST(Clip, CountsCharactersNotBytesNorColours) {
  EXPECT_EQ(clip("abc", 3), "abc");
  EXPECT_EQ(clip("abcd", 3), "ab…");
  EXPECT_EQ(clip("éèàù", 3), "éè…");
  EXPECT_EQ(clip("\x1b[31mabc\x1b[0m", 3), "\x1b[31mabc\x1b[0m");
  EXPECT_EQ(clip("\x1b[31mabcd\x1b[0m", 3), "\x1b[31mab…\x1b[0m");
  EXPECT_EQ(clip("abc", 0), "");
}

}  // namespace
}  // namespace weir::cli
