#include "embedded/broker/wire/writer.hpp"

#include "embedded/broker/wire/messages.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::wire {
namespace {

using std::string_literals::operator""s;

TEST(Writer, PutsNumbersBigEndian) {
  Writer out;
  out.boolean(true);
  out.i8(-1);
  out.i16(0x7FFF);
  out.i32(INT32_MIN);
  out.i64(5);
  out.uuid(*Uuid::parse("00112233-4455-6677-8899-aabbccddeeff"));
  EXPECT_EQ(std::move(out).take(),
            "\x01\xFF\x7F\xFF\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"
            "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"s);
}

TEST(Writer, PutsVarints) {
  Writer out;
  for (const std::uint32_t value : {0u, 127u, 128u, UINT32_MAX}) out.unsigned_varint(value);
  EXPECT_EQ(std::move(out).take(), "\x00\x7F\x80\x01\xFF\xFF\xFF\xFF\x0F"s);
}

TEST(Writer, PutsStringsAndArraysInBothForms) {
  Writer out;
  out.string(false, "ab");
  out.string(true, "ab");
  out.nullable_string(false, std::nullopt);
  out.nullable_string(true, std::nullopt);
  out.bytes(false, "c");
  out.bytes(true, "c");
  out.nullable_bytes(false, std::nullopt);
  out.nullable_bytes(true, std::nullopt);
  out.array(false, 3);
  out.array(true, 3);
  EXPECT_EQ(std::move(out).take(), "\0\2ab\3ab\xFF\xFF\0\0\0\0\1c\2c\xFF\xFF\xFF\xFF\0\0\0\0\3\4"s);
}

TEST(Writer, AFrameBeginsWithItsLength) {
  Writer out;
  const Frame empty = std::move(out).finish();
  ASSERT_EQ(empty.chunks.size(), 1u);
  EXPECT_EQ(empty.chunks[0].bytes, "\0\0\0\0"s);
  Writer some;
  some.raw("abc");
  EXPECT_EQ(std::move(some).finish().chunks[0].bytes, "\0\0\0\3abc"s);
}

// Records in files stay there: the frame says where they are, with the bytes before and after.
TEST(Writer, SlicesOfFilesGoBetweenTheBytes) {
  storage::FaultFileSystem disk;
  ASSERT_TRUE(disk.make_directories("/data"));
  const std::shared_ptr<storage::File> file = *disk.open("/data/log", storage::FileSystem::Mode::create);
  Writer out;
  out.i8(1);
  out.records(false, Records{"head", {{file, 10, 100}, {file, 200, 50}}});
  out.i8(2);
  out.records(true, Records{"", {{file, 0, 7}}});
  const Frame frame = std::move(out).finish();
  ASSERT_EQ(frame.chunks.size(), 2u);
  const std::size_t size = 1 + 4 + 4 + 150 + 1 + 1 + 7;
  EXPECT_EQ(frame.size(), size + 4);
  EXPECT_EQ(frame.chunks[0].bytes, "\0\0\0\xA8"s + "\1\0\0\0\x9A"s + "head");
  ASSERT_EQ(frame.chunks[0].slices.size(), 2u);
  EXPECT_EQ(frame.chunks[0].slices[1].position, 200u);
  EXPECT_EQ(frame.chunks[1].bytes, "\2\x08"s);
  EXPECT_EQ(frame.chunks[1].slices.size(), 1u);
}

// Only in flexible versions, in the order of the tags.
TEST(Writer, ATaggedFieldIsLeftOutAtItsDefault) {
  ApiVersionsResponse response;
  const auto encoded = [&] {
    Writer out;
    write(out, 3, response);
    return std::move(out).take();
  };
  EXPECT_EQ(encoded(), "\0\0\1\0\0\0\0\0"s);
  response.finalized_features_epoch = 7;
  EXPECT_EQ(encoded(), "\0\0\1\0\0\0\0\1\1\x08\0\0\0\0\0\0\0\7"s);
  response.zk_migration_ready = true;
  EXPECT_EQ(encoded(), "\0\0\1\0\0\0\0\2\1\x08\0\0\0\0\0\0\0\7\3\1\1"s);
}

}  // namespace
}  // namespace weir::embedded::broker::wire
