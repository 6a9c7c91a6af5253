// Durations and sizes with their units.
#include "pipeline/config/scalars.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace weir::config {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// "12" or "1.5" at the head of `text`, which is shortened by it. Exact for whole numbers.
struct Number {
  std::uint64_t whole = 0;
  double fraction = 0;
  bool overflow = false;
};
std::optional<Number> take_number(std::string_view& text) {
  Number number;
  std::size_t at = 0;
  while (at < text.size() && digit(text[at])) ++at;
  if (at == 0) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + at, number.whole);
  number.overflow = failure != std::errc();
  if (at < text.size() && text[at] == '.') {
    std::size_t digits = at + 1;
    double scale = 0.1;
    while (digits < text.size() && digit(text[digits])) {
      number.fraction += scale * (text[digits] - '0');
      scale /= 10;
      ++digits;
    }
    if (digits == at + 1) return std::nullopt;
    at = digits;
  }
  text.remove_prefix(at);
  return number;
}

std::string_view take_unit(std::string_view& text) {
  std::size_t at = 0;
  while (at < text.size() && !digit(text[at]) && text[at] != '.' && text[at] != ' ') ++at;
  const std::string_view unit = text.substr(0, at);
  text.remove_prefix(at);
  return unit;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array<Unit, 9> kTimeUnits{{{"ns", 1},
                                          {"us", 1'000},
                                          {"µs", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"min", 60'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 10> kByteUnits{{{"B", 1},
                                           {"KiB", 1ULL << 10U},
                                           {"MiB", 1ULL << 20U},
                                           {"GiB", 1ULL << 30U},
                                           {"TiB", 1ULL << 40U},
                                           {"kB", 1'000},
                                           {"KB", 1'000},
                                           {"MB", 1'000'000},
                                           {"GB", 1'000'000'000},
                                           {"TB", 1'000'000'000'000}}};

// "(ns|us|ms)", for expressions.
template <std::size_t N>
std::string any_of(const std::array<Unit, N>& units) {
  std::string names;
  for (const Unit& unit : units) names.append(names.empty() ? "(" : "|").append(unit.name);
  return names + ")";
}

constexpr std::string_view kNumberPattern = "[0-9]+(\\.[0-9]+)?";

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

constexpr auto kMostNanoseconds = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

// number * factor, if it stays within `most`.
std::optional<std::uint64_t> scaled(const Number& number, std::uint64_t factor, std::uint64_t most) {
  if (number.overflow || number.whole > most / factor) return std::nullopt;
  const std::uint64_t whole = number.whole * factor;
  const auto part = static_cast<std::uint64_t>(std::llround(number.fraction * static_cast<double>(factor)));
  if (part > most - whole) return std::nullopt;
  return whole + part;
}

Error bad(std::string message) {
  return Error(Errc::invalid_argument, std::move(message));
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  const std::string shown = quote(text);
  std::uint64_t total = 0;
  std::string_view rest = text;
  do {
    const std::optional<Number> number = take_number(rest);
    if (!number) return bad(shown + " is not a duration: write a number with its unit, such as 5s, 300ms or 24h");
    const std::string_view name = take_unit(rest);
    if (name.empty() && rest.starts_with(' '))
      return bad(shown + " has a blank before its unit: write them together, such as 5s");
    if (name.empty())
      return bad(shown + " has no unit: write for instance " + std::string(text) + "s or " + std::string(text) + "ms");
    const Unit* unit = find_unit(kTimeUnits, name);
    if (unit == nullptr) return bad(shown + ": unknown unit " + quote(name) + "; known are ns, us, ms, s, m, h and d");
    const std::optional<std::uint64_t> part = scaled(*number, unit->factor, kMostNanoseconds - total);
    if (!part) return bad(shown + " is too long: the longest duration is about 292 years");
    total += *part;
  } while (!rest.empty());
  return Duration(static_cast<std::int64_t>(total));
}

std::string duration_pattern() {
  return "^(" + std::string(kNumberPattern) + any_of(kTimeUnits) + ")+$";
}

std::string format_duration(Duration duration) {
  if (duration == Duration::zero()) return "0s";
  static constexpr std::array<Unit, 6> kParts{{{"h", 3'600'000'000'000},
                                               {"m", 60'000'000'000},
                                               {"s", 1'000'000'000},
                                               {"ms", 1'000'000},
                                               {"us", 1'000},
                                               {"ns", 1}}};
  std::string text;
  auto rest = static_cast<std::uint64_t>(duration.count());
  if (duration < Duration::zero()) {
    text = "-";
    rest = 0 - rest;
  }
  for (const Unit& unit : kParts) {
    if (rest < unit.factor) continue;
    text += std::to_string(rest / unit.factor).append(unit.name);
    rest %= unit.factor;
  }
  return text;
}

Result<Bytes> parse_bytes(std::string_view text) {
  if (text == "0") return Bytes{0};
  const std::string shown = quote(text);
  std::string_view rest = text;
  const std::optional<Number> number = take_number(rest);
  if (!number) return bad(shown + " is not a size: write a number with its unit, such as 64MiB or 512KiB");
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::string_view name = take_unit(rest);
  if (name.empty() && rest.empty())
    return bad(shown + " has no unit: write for instance " + std::string(text) + "MiB or " + std::string(text) + "B");
  const Unit* unit = find_unit(kByteUnits, name);
  if (unit == nullptr || !rest.empty()) {
    return bad(shown + ": unknown unit " + quote(name) + "; known are B, KiB, MiB, GiB, TiB, KB, MB, GB and TB");
  }
  const std::optional<std::uint64_t> count = scaled(*number, unit->factor, std::numeric_limits<std::uint64_t>::max());
  if (!count) return bad(shown + " is too large");
  return Bytes{*count};
}

std::string bytes_pattern() {
  return "^" + std::string(kNumberPattern) + " *" + any_of(kByteUnits) + "$";
}

std::string format_bytes(Bytes bytes) {
  static constexpr std::array<Unit, 4> kParts{
      {{"TiB", 1ULL << 40U}, {"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}}};
  for (const Unit& unit : kParts) {
    if (bytes.count >= unit.factor && bytes.count % unit.factor == 0)
      return std::to_string(bytes.count / unit.factor).append(unit.name);
  }
  return std::to_string(bytes.count) + "B";
}

}  // namespace weir::config
