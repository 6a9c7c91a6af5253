#include "pipeline/text/rfc3339.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <limits>

namespace weir::text {
namespace {

// The number that `digits` digits at `p` make; negative when one of them is none.
int digits(const char* p, int count) {
  int value = 0;
  for (int i = 0; i < count; ++i) {
    const unsigned digit = static_cast<unsigned char>(p[i]) - unsigned{'0'};
    if (digit > 9) return -1;
    value = value * 10 + static_cast<int>(digit);
  }
  return value;
}

void put(char* p, int count, int value) {
  for (int i = count; i-- > 0; value /= 10) p[i] = static_cast<char>('0' + value % 10);
}

int last_day(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// Minutes that the local time is ahead of UTC. False when `zone` is no offset.
bool read_offset(std::string_view zone, int& minutes) {
  if (zone == "Z" || zone == "z") {
    minutes = 0;
    return true;
  }
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return false;
  const int hour = digits(zone.data() + 1, 2);
  const int minute = digits(zone.data() + 4, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  minutes = (hour * 60 + minute) * (zone[0] == '-' ? -1 : 1);
  return true;
}

// A leap second is 23:59:60 UTC on the last day of a month.
bool may_be_leap_second(int year, int month, int day, int minute_of_day, int offset) {
  int utc = minute_of_day - offset;
  if (utc < 0) {
    utc += 24 * 60;
    if (--day == 0) {
      month = month == 1 ? 12 : month - 1;
      day = last_day(year, month);  // December does not ask for the year
    }
  } else if (utc >= 24 * 60) {
    utc -= 24 * 60;
    if (++day > last_day(year, month)) return false;  // then it is the first
  }
  return utc == 23 * 60 + 59 && day == last_day(year, month);
}

}  // namespace

bool is_rfc3339(std::string_view text) noexcept {
  if (text.size() < 20) return false;
  const char* p = text.data();
  if (p[4] != '-' || p[7] != '-' || (p[10] != 'T' && p[10] != 't') || p[13] != ':' || p[16] != ':') return false;
  const int year = digits(p, 4);
  const int month = digits(p + 5, 2);
  const int day = digits(p + 8, 2);
  const int hour = digits(p + 11, 2);
  const int minute = digits(p + 14, 2);
  const int second = digits(p + 17, 2);
  if ((year | month | day | hour | minute | second) < 0) return false;
  if (month < 1 || month > 12 || day < 1 || day > last_day(year, month) || hour > 23 || minute > 59 || second > 60)
    return false;
  std::size_t at = 19;
  if (p[at] == '.') {
    const std::size_t point = at++;
    while (at < text.size() && p[at] >= '0' && p[at] <= '9') ++at;
    if (at == point + 1) return false;
  }
  int offset = 0;
  if (!read_offset(text.substr(at), offset)) return false;
  return second < 60 || may_be_leap_second(year, month, day, hour * 60 + minute, offset);
}

bool write_rfc3339(std::int64_t milliseconds, char* out24) noexcept {
  namespace chrono = std::chrono;
  constexpr std::int64_t kFirst = -62'167'219'200'000;  // 0000-01-01
  constexpr std::int64_t kLast = 253'402'300'799'999;   // 9999-12-31T23:59:59.999
  if (milliseconds < kFirst || milliseconds > kLast) return false;
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(milliseconds)};
  const chrono::sys_days midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{midnight};
  const auto since = static_cast<int>((time - midnight).count());
  put(out24, 4, static_cast<int>(date.year()));
  put(out24 + 5, 2, static_cast<int>(static_cast<unsigned>(date.month())));
  put(out24 + 8, 2, static_cast<int>(static_cast<unsigned>(date.day())));
  put(out24 + 11, 2, since / 3'600'000);
  put(out24 + 14, 2, since / 60'000 % 60);
  put(out24 + 17, 2, since / 1000 % 60);
  put(out24 + 20, 3, since % 1000);
  out24[4] = out24[7] = '-';
  out24[10] = 'T';
  out24[13] = out24[16] = ':';
  out24[19] = '.';
  out24[23] = 'Z';
  return true;
}

std::string format_rfc3339(std::int64_t milliseconds) {
  namespace chrono = std::chrono;
  constexpr std::int64_t kFurthest =
      std::numeric_limits<std::int64_t>::max() / 10'000;  // chrono's years go a little on
  std::string out(kRfc3339Size, '\0');
  if (write_rfc3339(milliseconds, out.data())) return out;
  const chrono::sys_time<chrono::milliseconds> time{
      chrono::milliseconds(std::clamp(milliseconds, -kFurthest, kFurthest))};
  const chrono::sys_days midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{midnight};
  const auto since = static_cast<int>((time - midnight).count());
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), since / 3'600'000,
                since / 60'000 % 60, since / 1000 % 60, since % 1000);
  return text.data();
}

}  // namespace weir::text
