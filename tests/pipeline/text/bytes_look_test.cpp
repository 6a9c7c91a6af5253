#include "pipeline/text/bytes_look.hpp"

#include <gtest/gtest.h>

namespace weir::text {
namespace {

using namespace std::string_view_literals;

TEST(BytesLook, PlainText) {
  for (const std::string_view text : {""sv, "abc"sv, "é\t\n"sv, "42"sv}) EXPECT_TRUE(is_plain_text(text)) << text;
  for (const std::string_view bytes : {"\0"sv, "a\0b"sv, "\0\0\0\0\0\0\0*"sv, "M\xfcller"sv, "\x7f"sv})
    EXPECT_FALSE(is_plain_text(bytes)) << bytes;
}

TEST(BytesLook, DescribesBytes) {
  EXPECT_EQ(describe_bytes("\0\0\0\0\0\0\0*"sv), "8 bytes that are no text (0x000000000000002a)");
  EXPECT_EQ(describe_bytes("\xff"sv), "1 byte that is no text (0xff)");
  EXPECT_EQ(describe_bytes(std::string(17, '\x01')),
            "17 bytes that are no text (0x01010101010101010101010101010101...)");
}

TEST(BytesLook, SchemaRegistryPrefix) {
  EXPECT_EQ(schema_registry_id("\0\0\0\0\7{}"sv), 7u);
  EXPECT_EQ(schema_registry_id("\0\xff\xff\xff\xff"sv), 0xffffffffu);
  EXPECT_FALSE(schema_registry_id("\0\0\0\0"sv).has_value());
  EXPECT_FALSE(schema_registry_id("{\"a\":1}"sv).has_value());
}

TEST(BytesLook, FormatsByTheirFirstBytes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\x1f\x8b\x08\0"sv, "gzip"},
      {"\x28\xb5\x2f\xfd\0"sv, "zstd"},
      {"Obj\x01\x04"sv, "an Avro container file"},
      {"\xff\xfe{\0}\0"sv, "UTF-16 text; JSON must be UTF-8"},
      {"{\0\"\0"sv, "UTF-16 text; JSON must be UTF-8"},
      {"\0{\0\""sv, "UTF-16 text; JSON must be UTF-8"},
      {"<a/>"sv, "XML"},
      {"\x08\x96\x01\x12\x07testing"sv, "Protobuf"},
      {"\x08\x96\x01\x12\x08testing"sv, ""},  // a field that goes beyond the end
      {"not json"sv, ""},
      {""sv, ""},
      {"M\xfcller"sv, ""},
  };
  for (const auto& [bytes, format] : cases) EXPECT_EQ(format_of(bytes), format) << bytes;
}

}  // namespace
}  // namespace weir::text
