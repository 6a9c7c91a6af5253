#include "pipeline/text/times.hpp"

#include "pipeline/text/rfc3339.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace weir::text {
namespace {

constexpr std::size_t kNanoDigits = 9;
constexpr std::int64_t kNanosInSecond = 1'000'000'000;

// The seconds since 1970 that a number may mean: from 2000 to the end of 2059. Within these bounds are no digits of a
// date and a time of day (as milliseconds they are in 1976), no ticks of .NET and no FILETIME (as nanoseconds before
// 2000, DateTime.MaxValue in 2069), no seconds since 2001 of before 2031 and none since 1900 of after 1989.
constexpr std::int64_t kFirstSecond = 946684800;
constexpr std::int64_t kEndSecond = 2840140800;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t leading_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// A text of bounded size that is put together piece by piece.
class Made {
 public:
  explicit Made(char* out) : out_(out) {}
  void add(std::string_view piece) {
    for (const char c : piece) add(c);
  }
  void add(char c) {
    if (size_ < kTimeSize) out_[size_++] = c;
  }
  // The digits of a fraction, without the zeros that end it; none at all when it is nothing but zeros.
  void add_fraction(std::string_view digits) {
    digits = digits.substr(0, kNanoDigits);
    while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
    if (digits.empty()) return;
    add('.');
    add(digits);
  }
  std::size_t checked() const { return is_rfc3339({out_, size_}) ? size_ : 0; }

 private:
  char* const out_;
  std::size_t size_ = 0;
};

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// An offset at the end of a time. `zone` gets it as RFC 3339 has it.
bool read_offset(std::string_view text, std::array<char, 6>& room, std::string_view& zone) {
  if (text == "Z" || text == "z" || text == "UTC" || text == "GMT") {
    zone = "Z";
    return true;
  }
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-') || leading_digits(text.substr(1)) < 2) return false;
  std::string_view minutes = text.substr(3);
  if (minutes.size() == 3) take(minutes, ':');
  if (minutes.empty()) minutes = "00";
  if (minutes.size() != 2 || leading_digits(minutes) != 2) return false;
  room = {text[0], text[1], text[2], ':', minutes[0], minutes[1]};
  zone = {room.data(), room.size()};
  return true;
}

// "[Europe/Berlin]" behind an offset says no more than the offset does.
bool drop_region(std::string_view& text) {
  if (text.empty() || text.back() != ']') return true;
  const std::size_t open = text.rfind('[');
  if (open == std::string_view::npos || open == 0) return false;
  const bool has_offset = text[open - 1] == 'Z' || is_digit(text[open - 1]);
  text = text.substr(0, open);
  return has_offset;
}

// Hours and minutes, then all that may follow them.
bool read_time_of_day(std::string_view text, std::string_view zone, bool region, Made& made) {
  if (text.size() < 5 || leading_digits(text) != 2 || text[2] != ':' || leading_digits(text.substr(3)) != 2)
    return false;
  made.add(text.substr(0, 5));
  text.remove_prefix(5);
  if (text.size() >= 3 && text[0] == ':') {
    if (leading_digits(text.substr(1)) != 2) return false;
    made.add(text.substr(0, 3));
    text.remove_prefix(3);
    if (!text.empty() && (text[0] == '.' || text[0] == ',' || text[0] == ':')) {
      const std::size_t digits = leading_digits(text.substr(1));
      if (digits == 0) return false;
      made.add_fraction(text.substr(1, digits));
      text.remove_prefix(1 + digits);
    }
  } else {
    made.add(":00");
  }
  take(text, ' ');
  std::array<char, 6> room;
  if (text.empty()) {
    if (region) return false;  // the region would have to say the offset
  } else if (!read_offset(text, room, zone)) {
    return false;
  }
  made.add(zone);
  return true;
}

std::size_t read_date(std::string_view text, std::string_view zone, Made made) {
  const bool region = text.back() == ']';
  if (!drop_region(text)) return 0;
  if (text.size() < 10 || leading_digits(text) != 4 || text[4] != '-' || text[7] != '-') return 0;
  made.add(text.substr(0, 10));
  made.add('T');
  text.remove_prefix(10);
  if (text.empty()) {
    if (region) return 0;  // no offset is before it
    made.add("00:00:00");
    made.add(zone);
    return made.checked();
  }
  if (text[0] != 'T' && text[0] != 't' && text[0] != ' ') return 0;
  return read_time_of_day(text.substr(1), zone, region, made) ? made.checked() : 0;
}

// The digits of a number with its point moved to where the exponent says.
struct Decimal {
  std::array<char, 48> digits;
  std::size_t size = 0;
  std::size_t whole = 0;  // digits before the point
};

bool read_decimal(std::string_view text, Decimal& out) {
  const std::size_t whole = leading_digits(text);
  if (whole == 0 || whole > 19) return false;
  std::string_view fraction;
  std::string_view rest = text.substr(whole);
  if (take(rest, '.')) {
    const std::size_t count = leading_digits(rest);
    if (count == 0) return false;
    fraction = rest.substr(0, std::min<std::size_t>(count, 19));
    rest.remove_prefix(count);
  }
  int exponent = 0;
  if (!rest.empty()) {
    if (!take(rest, 'e') && !take(rest, 'E')) return false;
    take(rest, '+');
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (failed != std::errc() || end != rest.data() + rest.size() || exponent < 0 || exponent > 18) return false;
  }
  const auto put = [&out](std::string_view digits) {
    for (const char c : digits) {
      if (out.size < out.digits.size()) out.digits[out.size++] = c;
    }
  };
  put(text.substr(0, whole));
  put(fraction);
  out.whole = whole + static_cast<std::size_t>(exponent);
  while (out.size < out.whole && out.size < out.digits.size()) out.digits[out.size++] = '0';
  return out.whole <= 19;
}

std::size_t read_number(std::string_view text, Made made) {
  Decimal number;
  if (!read_decimal(text, number)) return 0;
  const std::string_view digits(number.digits.data(), number.size);
  std::size_t zeros = 0;
  while (zeros < number.whole && digits[zeros] == '0') ++zeros;
  const std::size_t size = number.whole - zeros;  // of the whole number: it tells the unit
  if (size < 9 || size % 3 == 2) return 0;        // between two units
  const std::size_t unit = (size / 3 - 3) * 3;
  const std::string_view seconds = digits.substr(zeros, size - unit);
  std::int64_t since = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), since);
  if (since < kFirstSecond || since >= kEndSecond) return 0;
  std::array<char, kRfc3339Size> whole;
  if (!write_rfc3339(since * 1000, whole.data())) return 0;
  made.add({whole.data(), 19});
  made.add_fraction(digits.substr(number.whole - unit));
  made.add('Z');
  return made.checked();
}

std::size_t digits_behind_seconds(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::by_size:
    case TimeUnit::seconds:
      return 0;
    case TimeUnit::milliseconds:
      return 3;
    case TimeUnit::microseconds:
      return 6;
    case TimeUnit::nanoseconds:
      return 9;
  }
  return 0;
}

// A number whose unit is known: nothing has to be told from its size.
std::size_t read_number_in(TimeUnit unit, std::string_view text, Made made) {
  const bool before_1970 = take(text, '-');
  Decimal number;
  if (!read_decimal(text, number)) return 0;
  const std::size_t behind = digits_behind_seconds(unit);
  const std::string_view digits(number.digits.data(), number.size);
  const std::size_t of_seconds = number.whole > behind ? number.whole - behind : 0;
  std::int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + of_seconds, seconds);
  if (of_seconds > 0 && failed != std::errc()) return 0;
  std::int64_t nanos = 0;
  std::size_t missing = behind - std::min(behind, number.whole);  // zeros between the point and the first digit
  for (std::size_t i = 0, next = of_seconds; i < kNanoDigits; ++i) {
    const bool is_zero = missing > 0 || next >= digits.size();
    if (missing > 0) --missing;
    nanos = nanos * 10 + (is_zero ? 0 : digits[next++] - '0');
  }
  if (before_1970) {
    seconds = nanos == 0 ? -seconds : -seconds - 1;
    nanos = nanos == 0 ? 0 : kNanosInSecond - nanos;
  }
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1000;
  std::array<char, kRfc3339Size> whole;
  if (seconds > kMost || seconds < -kMost || !write_rfc3339(seconds * 1000, whole.data())) return 0;
  made.add({whole.data(), 19});
  std::array<char, kNanoDigits> fraction;
  for (std::size_t i = kNanoDigits; i-- > 0; nanos /= 10) fraction[i] = static_cast<char>('0' + nanos % 10);
  made.add_fraction({fraction.data(), fraction.size()});
  made.add('Z');
  return made.checked();
}

std::size_t read_list(std::string_view text, std::string_view zone, Made made) {
  std::array<std::uint32_t, 7> parts{};
  std::size_t count = 0;
  const auto skip_blanks = [&text] {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n' || text[0] == '\r'))
      text.remove_prefix(1);
  };
  take(text, '[');
  for (;; ++count) {
    skip_blanks();
    const std::size_t digits = leading_digits(text);
    if (count == parts.size() || digits == 0 || digits > kNanoDigits) return 0;
    std::from_chars(text.data(), text.data() + digits, parts[count]);
    text.remove_prefix(digits);
    skip_blanks();
    if (!take(text, ',')) break;
  }
  ++count;
  if (text != "]" || count == 4 || count < 3) return 0;
  const auto padded = [&made](std::uint32_t value, std::size_t width) {
    std::array<char, 10> room;
    const auto [end, failed] = std::to_chars(room.data(), room.data() + room.size(), value);
    const auto size = static_cast<std::size_t>(end - room.data());
    for (std::size_t i = size; i < width; ++i) made.add('0');
    made.add({room.data(), size});
  };
  constexpr std::string_view kBefore[] = {"", "-", "-", "T", ":", ":"};
  for (std::size_t i = 0; i < 6; ++i) {
    made.add(kBefore[i]);
    padded(parts[i], i == 0 ? 4 : 2);
  }
  std::array<char, kNanoDigits> nanos;
  for (std::size_t i = kNanoDigits; i-- > 0; parts[6] /= 10) nanos[i] = static_cast<char>('0' + parts[6] % 10);
  made.add_fraction({nanos.data(), nanos.size()});
  made.add(zone);
  return made.checked();
}

}  // namespace

std::optional<std::string> read_zone(std::string_view text) {
  std::array<char, 6> room;
  std::string_view zone;
  if (!read_offset(text, room, zone)) return std::nullopt;
  if (zone != "Z" && !is_rfc3339("2000-01-01T00:00:00" + std::string(zone))) return std::nullopt;
  return std::string(zone);
}

std::size_t read_time(std::string_view text, std::string_view zone, char* out, TimeUnit unit) noexcept {
  if (text.empty()) return 0;
  if (text.front() == '[') return read_list(text, zone, Made(out));
  const bool is_negative = text.front() == '-' && unit != TimeUnit::by_size;
  if (!is_digit(text.front()) && !is_negative) return 0;
  if (!is_negative && text.size() > 4 && text[4] == '-') return read_date(text, zone, Made(out));
  return unit == TimeUnit::by_size ? read_number(text, Made(out)) : read_number_in(unit, text, Made(out));
}

}  // namespace weir::text
