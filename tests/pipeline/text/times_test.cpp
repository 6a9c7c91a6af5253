#include "pipeline/text/times.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <tuple>

namespace weir::text {
namespace {

std::string read(std::string_view text, std::string_view zone = "Z", TimeUnit unit = TimeUnit::by_size) {
  std::array<char, kTimeSize> out;
  return std::string(out.data(), read_time(text, zone, out.data(), unit));
}

TEST(Times, ReadsWhatNamesOneInstant) {
  const std::pair<const char*, const char*> cases[] = {
      {"2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z"},
      {"2024-01-15T10:30:00+0000", "2024-01-15T10:30:00+00:00"},
      {"2024-01-15T10:30:00.123-0530", "2024-01-15T10:30:00.123-05:30"},
      {"2024-01-15T10:30:00+01", "2024-01-15T10:30:00+01:00"},
      {"2024-01-15T10:30Z", "2024-01-15T10:30:00Z"},
      {"2024-01-15T10:30", "2024-01-15T10:30:00Z"},
      {"2024-01-15T10:30:00+01:00[Europe/Berlin]", "2024-01-15T10:30:00+01:00"},
      {"2024-01-15T10:30:00Z[UTC]", "2024-01-15T10:30:00Z"},
      {"2024-01-15T10:30:00,5Z", "2024-01-15T10:30:00.5Z"},
      {"2024-01-15T10:30:00.1234567891234Z", "2024-01-15T10:30:00.123456789Z"},
      {"2024-01-15 10:30:00", "2024-01-15T10:30:00Z"},
      {"2024-01-15 10:30:00 UTC", "2024-01-15T10:30:00Z"},
      {"2024-01-15 10:30:00 +0900", "2024-01-15T10:30:00+09:00"},
      {"2024-01-15 10:30:00:123456 Z", "2024-01-15T10:30:00.123456Z"},
      {"2024-01-15", "2024-01-15T00:00:00Z"},
      {"1705314600", "2024-01-15T10:30:00Z"},
      {"1705314600.123", "2024-01-15T10:30:00.123Z"},
      {"1.705314600123E9", "2024-01-15T10:30:00.123Z"},
      {"1.7053146E12", "2024-01-15T10:30:00Z"},
      {"1705314600123", "2024-01-15T10:30:00.123Z"},
      {"1705314600123.5", "2024-01-15T10:30:00.1235Z"},
      {"1705314600123456", "2024-01-15T10:30:00.123456Z"},
      {"1705314600123456789", "2024-01-15T10:30:00.123456789Z"},
      {"946684800", "2000-01-01T00:00:00Z"},
      {"946684800000", "2000-01-01T00:00:00Z"},
      {"2840140799999999999", "2059-12-31T23:59:59.999999999Z"},
      {"[2024, 1, 15, 10, 30]", "2024-01-15T10:30:00Z"},
      {"[2024,1,15]", "2024-01-15T00:00:00Z"},
      {"[2024,1,15,10,30,7,120000000]", "2024-01-15T10:30:07.12Z"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST(Times, WithoutAnOffsetTheZoneCounts) {
  EXPECT_EQ(read("2024-01-15T10:30:00", "+09:00"), "2024-01-15T10:30:00+09:00");
  EXPECT_EQ(read("2024-01-15", "-05:00"), "2024-01-15T00:00:00-05:00");
  EXPECT_EQ(read("[2024,1,15,10,30]", "+09:00"), "2024-01-15T10:30:00+09:00");
  EXPECT_EQ(read("1705314600", "+09:00"), "2024-01-15T10:30:00Z");
  EXPECT_EQ(read("2024-01-15T10:30:00Z", "+09:00"), "2024-01-15T10:30:00Z");
}

TEST(Times, ANumberWhoseUnitIsKnownIsReadInIt) {
  const std::tuple<const char*, TimeUnit, const char*> cases[] = {
      {"0", TimeUnit::seconds, "1970-01-01T00:00:00Z"},
      {"7", TimeUnit::seconds, "1970-01-01T00:00:07Z"},
      {"7", TimeUnit::milliseconds, "1970-01-01T00:00:00.007Z"},
      {"7", TimeUnit::microseconds, "1970-01-01T00:00:00.000007Z"},
      {"7", TimeUnit::nanoseconds, "1970-01-01T00:00:00.000000007Z"},
      {"1234", TimeUnit::milliseconds, "1970-01-01T00:00:01.234Z"},
      {"7.25", TimeUnit::milliseconds, "1970-01-01T00:00:00.00725Z"},
      {"1.5e3", TimeUnit::milliseconds, "1970-01-01T00:00:01.5Z"},
      {"20260102", TimeUnit::seconds, "1970-08-23T11:48:22Z"},
      {"1705314600", TimeUnit::milliseconds, "1970-01-20T17:41:54.6Z"},
      {"1705314600123", TimeUnit::milliseconds, "2024-01-15T10:30:00.123Z"},
      {"1705314600123456789", TimeUnit::nanoseconds, "2024-01-15T10:30:00.123456789Z"},
      {"-1", TimeUnit::seconds, "1969-12-31T23:59:59Z"},
      {"-1", TimeUnit::milliseconds, "1969-12-31T23:59:59.999Z"},
      {"-0.25", TimeUnit::seconds, "1969-12-31T23:59:59.75Z"},
      {"-86400000", TimeUnit::milliseconds, "1969-12-31T00:00:00Z"},
      {"253402300799", TimeUnit::seconds, "9999-12-31T23:59:59Z"},
      {"253402300800", TimeUnit::seconds, ""},
      {"9223372036854775807", TimeUnit::seconds, ""},
      {"9999999999999999999", TimeUnit::seconds, ""},
      {"-", TimeUnit::seconds, ""},
      {"--1", TimeUnit::seconds, ""},
      {"-2024-01-15", TimeUnit::seconds, ""},
      {"2024-01-15T10:30:00Z", TimeUnit::seconds, "2024-01-15T10:30:00Z"},
      {"[2024,1,15]", TimeUnit::seconds, "2024-01-15T00:00:00Z"},
  };
  for (const auto& [text, unit, expected] : cases)
    EXPECT_EQ(read(text, "Z", unit), expected) << text << " in unit " << static_cast<int>(unit);
}

TEST(Times, RefusesWhatMayMeanSomethingElse) {
  for (const char* text : {"",
                           "yesterday",
                           "0",
                           "7",
                           "20240115",
                           "99999999",
                           "-1705314600",
                           "1e400",
                           "1705314600e-1",
                           "1705314600.",
                           "17053146001234567890",
                           "10:30",
                           "2024-13-01",
                           "2024-01-15T",
                           "2024-01-15T10",
                           "2024-01-15T25:00:00Z",
                           "2024-01-15T10:30:00.Z",
                           "2024-01-15T10:30:00[Europe/Berlin]",
                           "2024-01-15[Europe/Berlin]",
                           "2024-01-15T10:30:00 CET",
                           "2024-01-15T10:30:00+1",
                           "2024-01-15T10:30:00+99:00",
                           "2024-01-15T10:30:00ZZ",
                           "2024-01-15-",
                           "10000-01-01T00:00:00Z",
                           "[]",
                           "[2024]",
                           "[2024,1]",
                           "[2024,1,15,10]",
                           "[2024,1,15,10,30",
                           "[2024,1,15,10,30,0,0,0]",
                           "[2024,1,15,10,-30]",
                           "[2024,1,99,10,30]",
                           "[1705314600,1234]",
                           "]",
                           "]2024-01-15",
                           "Mon, 15 Jan 2024 10:30:00 GMT"}) {
    EXPECT_EQ(read(text), "") << text;
  }
}

TEST(Times, RefusesNumbersThatAreNoTimeSince1970) {
  for (const char* text : {
           "946684799",            // before 2000
           "2840140800",           // 2060
           "17053146001",          // between seconds and milliseconds
           "202601020304",         // the digits of a minute
           "20260102030405",       // of a second
           "20260102030405678",    // of a millisecond
           "638409096000000000",   // ticks of .NET, in 2024
           "662380416000000000",   // in 2100
           "3155378975999999999",  // DateTime.MaxValue
           "133497846000000000",   // FILETIME, in 2024
           "727000000.123",        // seconds since 2001
           "3914303400",           // seconds since 1900
           "9223372036854775807",
       }) {
    EXPECT_EQ(read(text), "") << text;
  }
}

TEST(Times, Zones) {
  EXPECT_EQ(read_zone("UTC"), "Z");
  EXPECT_EQ(read_zone("+09:00"), "+09:00");
  EXPECT_EQ(read_zone("-0530"), "-05:30");
  EXPECT_EQ(read_zone("+01"), "+01:00");
  for (const char* text : {"", "Europe/Berlin", "CET", "9", "+24:00", "+01:0"})
    EXPECT_FALSE(read_zone(text).has_value()) << text;
}

}  // namespace
}  // namespace weir::text
