#include "pipeline/text/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::text {
namespace {

std::string sanitised(std::string_view text) {
  std::string out;
  while (!text.empty()) out += take_character(text);
  return out;
}

TEST(Utf8, KnowsWhatIsValid) {
  for (const char* text : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_EQ(sanitised(text), text);
  }
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_TRUE(is_utf8(sanitised(text))) << text;
  }
}

TEST(Utf8, SaysWhereItEnds) {
  EXPECT_EQ(find_invalid_utf8("ab\xc3\xa9\xff"), 4u);
  EXPECT_EQ(find_invalid_utf8("\xe2\x82"), 0u);
  EXPECT_FALSE(find_invalid_utf8("ab\xc3\xa9").has_value());
}

TEST(Utf8, EachByteThatIsNoCharacterBecomesOne) {
  EXPECT_EQ(sanitised("a\xff\xe2\x82z"), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
}

TEST(Utf8, BadTextHasALineAndAColumnInCharacters) {
  const std::optional<BadText> invalid = find_bad_text("a\n\xc3\xa9\xff");
  ASSERT_TRUE(invalid.has_value());
  EXPECT_EQ(invalid->line, 2u);
  EXPECT_EQ(invalid->column, 2u);
  EXPECT_FALSE(invalid->control);
  const std::optional<BadText> control = find_bad_text("\t\r\n\x7f");
  ASSERT_TRUE(control.has_value());
  EXPECT_EQ(control->line, 2u);
  EXPECT_EQ(control->column, 1u);
  EXPECT_TRUE(control->control);
  EXPECT_FALSE(find_bad_text("a\tb\r\n").has_value());
}

}  // namespace
}  // namespace weir::text
