#include "embedded/broker/storage/expand.hpp"

#include "tests/embedded/broker/storage/compress.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::size_t kMost = std::size_t{4} << 20;
constexpr Codec kCodecs[] = {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};

std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 1'000'000; ++i) text += "event " + std::to_string(i * 7919 % 10007) + "; ";
  return text;
}

TEST(Expand, GivesBackWhatWasCompressed) {
  for (const Codec codec : kCodecs) {
    for (const std::string& text : {std::string("x"), long_text()})
      EXPECT_EQ(expand(codec, compress(codec, text), kMost), text) << static_cast<int>(codec);
  }
}

TEST(Expand, ReadsSnappyInFrames) {
  EXPECT_EQ(expand(Codec::snappy, snappy_frames({"one ", "two ", "three"}), kMost), "one two three");
  EXPECT_EQ(expand(Codec::snappy, snappy_frames({}), kMost), "");
  const std::string frames = snappy_frames({"one", "two"});
  for (std::size_t cut = 1; cut < frames.size(); ++cut) {
    const auto expanded = expand(Codec::snappy, frames.substr(0, cut), kMost);
    EXPECT_TRUE(!expanded || *expanded == "one" || expanded->empty()) << cut;
  }
}

TEST(Expand, TellsWhatIsCutOffFromWhatIsWhole) {
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    const std::string whole = compress(codec, "some text that is long enough to be cut, some text");
    for (std::size_t size = 0; size + 9 < whole.size(); ++size)
      EXPECT_EQ(expand(codec, whole.substr(0, size), kMost), std::nullopt) << static_cast<int>(codec) << " " << size;
  }
}

TEST(Expand, StopsAtTheLimit) {
  const std::string text(1'000'000, 'a');
  for (const Codec codec : kCodecs) {
    EXPECT_EQ(expand(codec, compress(codec, text), text.size()), text) << static_cast<int>(codec);
    EXPECT_EQ(expand(codec, compress(codec, text), text.size() - 1), std::nullopt) << static_cast<int>(codec);
  }
}

TEST(Expand, RefusesGarbageAndUnknownCodecs) {
  for (const Codec codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd, static_cast<Codec>(5)}) {
    EXPECT_EQ(expand(codec, std::string(100, '\xff'), kMost), std::nullopt) << static_cast<int>(codec);
    EXPECT_EQ(expand(codec, "", kMost), std::nullopt) << static_cast<int>(codec);
  }
}

}  // namespace
}  // namespace weir::embedded::broker::storage
