#include "pipeline/config/scalars.hpp"

#include <gtest/gtest.h>

namespace weir::config {
namespace {

using namespace std::chrono_literals;

TEST(DurationTest, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("5s").value(), 5s);
  EXPECT_EQ(parse_duration("300ms").value(), 300ms);
  EXPECT_EQ(parse_duration("24h").value(), 24h);
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("2d").value(), 48h);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("250us").value(), 250us);
  EXPECT_EQ(parse_duration("7ns").value(), 7ns);
  EXPECT_EQ(parse_duration("0").value(), 0s);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const char* text : {"", "5", "s", "5 s", "-5s", "5x", "5s3", "1.s", ".5s", "5s ", " 5s", "1h-30m", "9999999999h",
                           "300000000000000000000s", "9223372037s", "nan", "5S"}) {
    EXPECT_TRUE(parse_duration(text).has_error()) << text;
  }
  EXPECT_NE(parse_duration("5").error().message().find("5s or 5ms"), std::string::npos);
  EXPECT_NE(parse_duration("5 weeks").error().message().find("not a duration"), 0U);
}

TEST(DurationTest, TextReadsBackAsTheSame) {
  for (Duration duration : {Duration(0), Duration(1ns), Duration(300ms), Duration(24h), Duration(90min),
                            Duration(1s + 1ns), Duration::max()}) {
    EXPECT_EQ(parse_duration(format_duration(duration)).value(), duration) << format_duration(duration);
  }
  EXPECT_EQ(format_duration(24h), "24h");
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(-90s), "-1m30s");
  EXPECT_EQ(format_duration(Duration::min()).front(), '-');
}

TEST(BytesTest, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_bytes("64MiB").value(), 64_MiB);
  EXPECT_EQ(parse_bytes("512KiB").value(), 512_KiB);
  EXPECT_EQ(parse_bytes("1GB").value(), Bytes{1'000'000'000});
  EXPECT_EQ(parse_bytes("1 GiB").value(), 1024_MiB);
  EXPECT_EQ(parse_bytes("1.5KiB").value(), Bytes{1536});
  EXPECT_EQ(parse_bytes("100B").value(), Bytes{100});
  EXPECT_EQ(parse_bytes("0").value(), Bytes{0});
}

TEST(BytesTest, RefusesEverythingElse) {
  for (const char* text : {"", "64", "MiB", "-1MiB", "64mib", "64M", "1MiB1", "1MiB 2", "99999999999TiB",
                           "18446744073709551616B", "1e3B", "1MiB2KiB"}) {
    EXPECT_TRUE(parse_bytes(text).has_error()) << text;
  }
  EXPECT_NE(parse_bytes("64").error().message().find("64MiB or 64B"), std::string::npos);
}

TEST(BytesTest, TextReadsBackAsTheSame) {
  for (Bytes bytes : {Bytes{0}, Bytes{1}, Bytes{1025}, 64_MiB, 512_KiB, Bytes{~0ULL}}) {
    EXPECT_EQ(parse_bytes(format_bytes(bytes)).value(), bytes) << format_bytes(bytes);
  }
  EXPECT_EQ(format_bytes(64_MiB), "64MiB");
}

TEST(SecretTextTest, HashesAreEqualForEqualSecretsAndShowNothing) {
  EXPECT_EQ(hash_secret("hunter2"), hash_secret("hunter2"));
  EXPECT_NE(hash_secret("hunter2"), hash_secret("hunter3"));
  EXPECT_EQ(hash_secret("hunter2").find("hunter"), std::string::npos);
  EXPECT_EQ(hide_secret("hunter2"), "***");
}

}  // namespace
}  // namespace weir::config
