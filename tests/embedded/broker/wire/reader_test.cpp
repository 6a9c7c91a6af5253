#include "embedded/broker/wire/reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::embedded::broker::wire {
namespace {

using std::string_literals::operator""s;

TEST(Reader, TakesNumbersBigEndian) {
  const std::string bytes = "\x01\xFF\x7F\xFF\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"s;
  Reader in(bytes);
  EXPECT_TRUE(in.boolean());
  EXPECT_EQ(in.i8(), -1);
  EXPECT_EQ(in.i16(), 0x7FFF);
  EXPECT_EQ(in.i32(), INT32_MIN);
  EXPECT_EQ(in.i64(), 5);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.rest(), "");
}

TEST(Reader, StaysFailedAndGivesNothing) {
  const std::string bytes = "\1\2\3\4\5\6\7\x08"s;
  Reader in(bytes);
  EXPECT_EQ(in.i64(), 0x0102030405060708);
  EXPECT_EQ(in.i8(), 0);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.i32(), 0);
  EXPECT_EQ(in.string(true), "");
  EXPECT_EQ(in.string(false), "");
  EXPECT_EQ(in.nullable_bytes(false).value_or(""), "");
  EXPECT_EQ(in.required_array(true, 1), 0);
  EXPECT_EQ(in.array(false, 1), 0);
  EXPECT_TRUE(in.uuid().is_nil());
  EXPECT_EQ(in.begin_tags(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Reader, VarintsOfAtMost32Bits) {
  const auto varint = [](const std::string& bytes, bool* ok) {
    Reader in(bytes);
    const std::uint32_t value = in.unsigned_varint();
    *ok = in.ok();
    return value;
  };
  bool ok = false;
  EXPECT_EQ(varint("\0"s, &ok), 0u);
  EXPECT_EQ(varint("\x7F"s, &ok), 127u);
  EXPECT_EQ(varint("\x80\x01"s, &ok), 128u);
  EXPECT_EQ(varint("\xFF\xFF\xFF\xFF\x0F"s, &ok), UINT32_MAX);
  EXPECT_TRUE(ok);
  for (const std::string& bad :
       {"\x80"s, "\xFF\xFF\xFF\xFF\x1F"s, "\xFF\xFF\xFF\xFF\x8F\x01"s, "\x80\x80\x80\x80\x80\x01"s, ""s}) {
    EXPECT_EQ(varint(bad, &ok), 0u);
    EXPECT_FALSE(ok);
  }
}

TEST(Reader, LengthsThatTheFrameCannotHoldFail) {
  for (const std::string& bytes : {"\x00\x05only"s, "\x80\x00"s, "\xFF\xFE"s}) {
    Reader in(bytes);
    EXPECT_EQ(in.string(false), "");
    EXPECT_FALSE(in.ok());
  }
  for (const std::string& bytes : {"\x7F\xFF\xFF\xFFx"s, "\x80\x00\x00\x00"s, "\xFF\xFF\xFF\xFE"s}) {
    Reader in(bytes);
    EXPECT_EQ(in.bytes(false), "");
    EXPECT_FALSE(in.ok());
  }
  const std::string compact_bytes = "\xFF\xFF\xFF\xFF\x0Fxyz";
  Reader compact(compact_bytes);
  EXPECT_EQ(compact.bytes(true), "");
  EXPECT_FALSE(compact.ok());
}

TEST(Reader, CountsThatTheFrameCannotHoldAskForNoMemory) {
  const std::string plain_bytes = "\x7F\xFF\xFF\xFF\1\2\3\4"s;
  Reader plain(plain_bytes);
  EXPECT_EQ(plain.required_array(false, 1), 0);
  EXPECT_FALSE(plain.ok());
  const std::string compact_bytes = "\xFF\xFF\xFF\xFF\x0F\1\2\3\4"s;
  Reader compact(compact_bytes);
  EXPECT_EQ(compact.required_array(true, 1), 0);
  EXPECT_FALSE(compact.ok());
  // Four elements fit into four bytes, of two bytes each they do not.
  const std::string four = "\0\0\0\4wxyz"s;
  Reader fits(four);
  EXPECT_EQ(fits.array(false, 1), 4);
  Reader too_many(four);
  too_many.array(false, 2);
  EXPECT_FALSE(too_many.ok());
}

TEST(Reader, ElementsOfAllArraysTogetherAreBounded) {
  std::string bytes;
  for (int i = 0; i < 3; ++i) bytes += "\0\x07\x00\x00"s;  // 458 752 elements
  bytes.resize(bytes.size() + (std::size_t{1} << 20));
  Reader in(bytes);
  EXPECT_GT(in.array(false, 1), 0);
  EXPECT_GT(in.array(false, 1), 0);
  EXPECT_EQ(in.array(false, 1), 0);
  EXPECT_FALSE(in.ok());
}

TEST(Reader, ElementsInsideOfTagsAreCountedToo) {
  // One tag after the other, each with an array of 300 000 elements.
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    bytes += std::string(1, static_cast<char>(i)) + "\xE4\xA7\x12";  // tag i of 300 004 bytes
    bytes += "\0\x04\x93\xE0"s + std::string(300'000, '\0');
  }
  Reader in(bytes);
  int failed = 0;
  for (int i = 0; i < 4; ++i) {
    Reader payload{std::string_view()};
    in.tag(&payload);
    for (std::int32_t left = payload.array(false, 1); left > 0; --left) payload.i8();
    in.end_tag(payload);
    failed += in.ok() ? 0 : 1;
  }
  EXPECT_EQ(failed, 1) << "the fourth goes over the bound";
}

TEST(Reader, NullsAndEmptyOnesAreTwoThings) {
  const std::string in_bytes = "\xFF\xFF\0\0\xFF\xFF\xFF\xFF\0\1\xFF\xFF\xFF\xFF\0"s;
  Reader in(in_bytes);
  EXPECT_EQ(in.nullable_string(false), std::nullopt);
  EXPECT_EQ(in.nullable_string(false), "");
  EXPECT_EQ(in.nullable_bytes(false), std::nullopt);
  EXPECT_EQ(in.nullable_string(true), std::nullopt);
  EXPECT_EQ(in.nullable_bytes(true), "");
  EXPECT_EQ(in.array(false, 1), -1);
  EXPECT_EQ(in.array(true, 1), -1);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.rest(), "");
}

}  // namespace
}  // namespace weir::embedded::broker::wire
