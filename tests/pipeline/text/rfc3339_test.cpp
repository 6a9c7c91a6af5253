#include "pipeline/text/rfc3339.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace weir::text {
namespace {

TEST(Rfc3339, Accepts) {
  for (const char* text :
       {"2025-01-30T10:15:30.123Z", "2025-01-30T10:15:30Z", "2025-01-30t10:15:30z", "2024-02-29T00:00:00+09:00",
        "2000-02-29T23:59:59.999999999-12:30", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2016-12-31T23:59:60Z",
        "2017-01-01T08:59:60+09:00", "2016-12-31T15:59:60.5-08:00", "2025-01-30T10:15:30-00:00"}) {
    EXPECT_TRUE(is_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, Refuses) {
  for (const char* text : {"",
                           "2025",
                           "2025-01-30",
                           "2025-01-30T10:15Z",
                           "2025-01-30T10:15:30",
                           "2025-01-30 10:15:30Z",
                           "2025-1-30T10:15:30Z",
                           "2025-13-01T00:00:00Z",
                           "2025-00-01T00:00:00Z",
                           "2025-04-31T00:00:00Z",
                           "2025-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2025-01-30T24:00:00Z",
                           "2025-01-30T10:60:30Z",
                           "2025-01-30T10:15:61Z",
                           "2025-01-30T10:15:60Z",
                           "2016-12-31T23:59:60+01:00",
                           "2016-12-30T23:59:60Z",
                           "2025-01-30T10:15:30.Z",
                           "2025-01-30T10:15:30,5Z",
                           "2025-01-30T10:15:30+0900",
                           "2025-01-30T10:15:30+24:00",
                           "2025-01-30T10:15:30+09:60",
                           "2025-01-30T10:15:30ZZ",
                           "2025-01-30T10:15:30Z ",
                           " 2025-01-30T10:15:30Z",
                           "+025-01-30T10:15:30Z",
                           "2025-01-30T10:15:30.123",
                           "20250130T101530Z",
                           "1738232130123"}) {
    EXPECT_FALSE(is_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, Writes) {
  const auto text = [](std::int64_t ms) {
    std::string out(kRfc3339Size, '?');
    return write_rfc3339(ms, out.data()) ? out : std::string();
  };
  EXPECT_EQ(text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(text(1738232130123), "2025-01-30T10:15:30.123Z");
  EXPECT_EQ(text(951827696789), "2000-02-29T12:34:56.789Z");
  EXPECT_EQ(text(253402300799999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(text(253402300800000), "");
  for (std::int64_t ms = 0; ms < 4'000'000'000'000; ms += 86'399'999'777) EXPECT_TRUE(is_rfc3339(text(ms))) << ms;
}

TEST(Rfc3339, FormatsWhateverTheTimeIs) {
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(1'767'225'600'123), "2026-01-01T00:00:00.123Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(253'402'300'800'000), "10000-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(std::numeric_limits<std::int64_t>::max()), "31197-09-14T02:48:05.477Z");
  EXPECT_EQ(format_rfc3339(std::numeric_limits<std::int64_t>::min()), "-27258-04-19T21:11:54.523Z");
}

}  // namespace
}  // namespace weir::text
