// Every line of golden.txt (franz-go's codec, see golden/main.go) through ours and back; then the same lines, broken.
#include "embedded/broker/wire/messages.hpp"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

namespace weir::embedded::broker::wire {
namespace {

struct GoldenLine {
  std::string title;  // "Fetch 12 request full"
  ApiKey key = ApiKey::produce;
  std::int16_t version = 0;
  bool is_request = false;
  std::string bytes;
};

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

const std::vector<GoldenLine>& golden_lines() {
  static const std::vector<GoldenLine> lines = [] {
    std::vector<GoldenLine> all;
    std::ifstream file(std::string(WEIR_SOURCE_DIR) + "/tests/embedded/broker/wire/golden.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name, kind, variant, hex;
      std::int16_t key = 0;
      GoldenLine one;
      words >> name >> key >> one.version >> kind >> variant >> hex;
      one.title = name + " " + std::to_string(one.version) + " " + kind + " " + variant;
      one.key = static_cast<ApiKey>(key);
      one.is_request = kind == "request";
      one.bytes = from_hex(hex);
      all.push_back(std::move(one));
    }
    return all;
  }();
  return lines;
}

// Calls `use` with an empty message of the line's type.
template <class Use>
void with_message(const GoldenLine& line, const Use& use) {
  const bool known = line.is_request ? with_request(line.key, use) : with_response(line.key, use);
  ASSERT_TRUE(known) << line.title;
}

// All bytes of the frame without its length.
template <class Message>
std::string encode(const Message& message, std::int16_t version) {
  Writer out;
  write(out, version, message);
  const Frame frame = std::move(out).finish();
  std::string bytes;
  for (const Frame::Chunk& chunk : frame.chunks) bytes += chunk.bytes;
  return bytes.substr(4);
}

TEST(Golden, EveryLineIsReadWholeAndWrittenTheSame) {
  ASSERT_GT(golden_lines().size(), 800u);
  for (const GoldenLine& line : golden_lines()) {
    with_message(line, [&](auto message) {
      Reader in(line.bytes);
      read(in, line.version, message);
      ASSERT_TRUE(in.ok()) << line.title;
      ASSERT_EQ(in.rest(), "") << line.title;
      ASSERT_EQ(encode(message, line.version), line.bytes) << line.title;
    });
  }
}

TEST(Golden, EveryTruncationFailsCleanly) {
  for (const GoldenLine& line : golden_lines()) {
    for (std::size_t size = 0; size < line.bytes.size(); ++size) {
      // A copy of its own, so that the sanitizer sees every byte read behind it.
      const std::string cut = line.bytes.substr(0, size);
      with_message(line, [&](auto message) {
        Reader in(cut);
        read(in, line.version, message);
        ASSERT_FALSE(in.ok()) << line.title << " cut at " << size;
      });
    }
  }
}

// Whatever a changed byte turns into, it is read as some message or refused; what was read can be written.
TEST(Golden, EveryChangedByteIsReadOrRefused) {
  int refused = 0;
  for (const GoldenLine& line : golden_lines()) {
    for (std::size_t at = 0; at < line.bytes.size(); ++at) {
      for (const char value : {'\x7F', '\xFF'}) {
        std::string changed = line.bytes;
        changed[at] = value;
        with_message(line, [&](auto message) {
          Reader in(changed);
          read(in, line.version, message);
          if (!in.ok()) {
            ++refused;
            return;
          }
          const std::string again = encode(message, line.version);
          decltype(message) second;
          Reader in_again(again);
          read(in_again, line.version, second);
          ASSERT_TRUE(in_again.ok() && in_again.rest().empty()) << line.title << " byte " << at;
          ASSERT_TRUE(second == message) << line.title << " byte " << at;
        });
      }
    }
  }
  EXPECT_GT(refused, 1000);
}

// ---- what a field must not be ---------------------------------------------------------------------------------------

TEST(Golden, NullIsRefusedWhereItMayNotBe) {
  const auto is_read = [](auto message, std::int16_t version, std::string_view bytes) {
    Reader in(bytes);
    read(in, version, message);
    return in.ok();
  };
  using std::string_literals::operator""s;
  EXPECT_FALSE(is_read(SaslHandshakeRequest(), 1, "\xFF\xFF"s)) << "a string";
  EXPECT_FALSE(is_read(SaslHandshakeRequest(), 1, "\xFF\xFE"s)) << "a length below null";
  EXPECT_TRUE(is_read(SaslHandshakeRequest(), 1, "\0\0"s));
  EXPECT_FALSE(is_read(SaslAuthenticateRequest(), 2, "\0\0"s)) << "compact bytes";
  EXPECT_TRUE(is_read(SaslAuthenticateRequest(), 2, "\1\0"s));
  EXPECT_FALSE(is_read(DeleteGroupsRequest(), 0, "\xFF\xFF\xFF\xFF"s)) << "an array";
  EXPECT_FALSE(is_read(DeleteGroupsRequest(), 2, "\0\0"s)) << "a compact array";
  EXPECT_FALSE(is_read(DeleteGroupsRequest(), 0, "\xFF\xFF\xFF\xFE"s)) << "a count below null";
  EXPECT_FALSE(is_read(MetadataRequest(), 0, "\xFF\xFF\xFF\xFF"s)) << "topics may be null from version 1 on";
  EXPECT_TRUE(is_read(MetadataRequest(), 1, "\xFF\xFF\xFF\xFF"s));
}

TEST(Golden, UnknownTagsAreSkippedAndUnknownPlacesAreNot) {
  using std::string_literals::operator""s;
  // Heartbeat 4: group "g", generation 1, member "m", no instance; two tags that no version knows.
  const std::string plain = "\2g\0\0\0\1\2m\0"s;
  HeartbeatRequest message;
  const std::string in_bytes = plain + "\2\5\3abc\x90\x4E\0"s;
  Reader in(in_bytes);
  read(in, 4, message);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.rest(), "");
  EXPECT_EQ(message.group_id, "g");
  EXPECT_EQ(message.member_id, "m");
  for (const std::string& tags : {"\1\5\4abc"s, "\2\5\3abc"s, "\xFF\xFF\xFF\xFF\x0F"s, "\1"s}) {
    const std::string bad_bytes = plain + tags;
    Reader bad(bad_bytes);
    read(bad, 4, message);
    EXPECT_FALSE(bad.ok());
  }
}

TEST(Golden, ATaggedFieldMustFillItsTag) {
  using std::string_literals::operator""s;
  // The cluster id is tag 0: here its tag is one byte longer than the string in it.
  Writer out;
  FetchRequest request;
  request.cluster_id = "c";
  write(out, 12, request);
  const std::string good = std::move(out).take();
  ASSERT_TRUE(good.ends_with("\1\0\2\2c"s));
  const std::string bad = good.substr(0, good.size() - 3) + "\3\2cx"s;
  FetchRequest again;
  Reader in(bad);
  read(in, 12, again);
  EXPECT_FALSE(in.ok());
}

TEST(Golden, ATagThatStandsTwiceIsRefused) {
  using std::string_literals::operator""s;
  Writer out;
  FetchRequest request;
  write(out, 12, request);
  const std::string none = std::move(out).take();
  FetchRequest again;
  const std::string in_bytes = none.substr(0, none.size() - 1) + "\2\0\2\2c\0\2\2d"s;
  Reader in(in_bytes);
  read(in, 12, again);
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace weir::embedded::broker::wire
