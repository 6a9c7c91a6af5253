// The table of codes. That a code in use is in it, the compiler sees to.
#include "pipeline/config/finding_code.hpp"

#include "pipeline/topology/reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace weir::config {
namespace {

TEST(FindingCodeTest, TheTableIsInOrderAndWhole) {
  EXPECT_TRUE(std::ranges::is_sorted(kFindingCodes, std::ranges::less_equal(), &CodeRow::name)) << "each name once";
  for (const CodeRow& row : kFindingCodes) {
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << row.name;
    EXPECT_TRUE(row.meaning.ends_with('.')) << row.name;
    EXPECT_TRUE(row.cure.ends_with('.')) << row.name;
  }
}

TEST(FindingCodeTest, ThePageHasARowForEach) {
  const std::string page = findings_page();
  for (const CodeRow& row : kFindingCodes)
    EXPECT_NE(page.find("\n| `" + std::string(row.name) + "` | "), std::string::npos) << row.name;
  EXPECT_TRUE(page.ends_with(" |\n"));
}

TEST(FindingCodeTest, IsAPlainValue) {
  const FindingCode code = "unknown-key";
  EXPECT_EQ(code.name(), "unknown-key");
  EXPECT_TRUE(code == FindingCode("unknown-key"));
  EXPECT_FALSE(code == FindingCode("wrong-type"));
}

}  // namespace
}  // namespace weir::config
