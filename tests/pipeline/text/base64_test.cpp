#include "pipeline/text/base64.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace weir::text {
namespace {

TEST(Base64, KnownAnswersBothWays) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {std::string("\0\xff\xfe", 3), "AP/+"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, RefusesWhatIsNotExactlyBase64) {
  for (const char* wrong :
       {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=Zg=", "Zm 9v", "Zm9v\n", "Zm-_", "====", "===="}) {
    EXPECT_FALSE(decode_base64(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace weir::text
