#include "pipeline/config/scalars.hpp"

#include <xxhash.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <random>

namespace weir::config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string hex16(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

// "expected X, found Y" for a scalar that does not read as what it should.
void bad_text(const Node& node, const ReadScope& scope, std::string_view expected, std::string hint = {}) {
  wrong_type(node, scope, expected, std::move(hint));
}

// The scalar's text, or nothing after a finding.
const std::string* scalar_text(const Node& node, const ReadScope& scope, std::string_view expected) {
  if (node.kind() == Node::Kind::scalar) return &node.text();
  wrong_type(node, scope, expected);
  return nullptr;
}

// Numbers and booleans in quotes are texts.
const std::string* bare_text(const Node& node, const ReadScope& scope, std::string_view expected) {
  const std::string* text = scalar_text(node, scope, expected);
  if (text != nullptr && node.quoted()) {
    wrong_type(node, scope, expected, "in quotes it is a text: leave the quotes away");
    return nullptr;
  }
  return text;
}

// Sign, base and digits of a YAML 1.2 integer.
struct Digits {
  bool negative = false;
  int base = 10;
  std::string_view digits;
};
Digits split_integer(std::string_view text) {
  Digits parts;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.starts_with("0x")) parts.base = 16;
  if (text.starts_with("0o")) parts.base = 8;
  if (parts.base != 10) text.remove_prefix(2);
  parts.digits = text;
  return parts;
}

enum class Parsed { good, no_integer, out_of_range };
Parsed parse_magnitude(const Digits& parts, std::uint64_t& out) {
  if (parts.digits.empty()) return Parsed::no_integer;
  const char* const end = parts.digits.data() + parts.digits.size();
  const auto [stop, failure] = std::from_chars(parts.digits.data(), end, out, parts.base);
  if (stop != end || failure == std::errc::invalid_argument) return Parsed::no_integer;
  return failure == std::errc() ? Parsed::good : Parsed::out_of_range;
}

void out_of_range(const Node& node, const ReadScope& scope, const std::string& least, const std::string& most) {
  scope.out.error("out-of-range", node.mark(), scope.path,
                  "expected an integer from " + least + " to " + most + ", found " + describe(node, scope.secret));
}

constexpr std::string_view kInteger = "an integer, such as 5";

// Plain words that read back as the same string, in every position of flow YAML.
bool plain_word(std::string_view text) {
  if (text.empty() || text.size() > 200 || text == "true" || text == "false" || text == "null") return false;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (!letter(text.front())) return false;
  for (char c : text) {
    if (!letter(c) && !is_digit(c) && c != '-' && c != '.' && c != '/') return false;
  }
  return true;
}

bool bare_token(std::string_view text) {
  for (char c : text) {
    if (!is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '.' && c != '-' && c != '+')
      return false;
  }
  return !text.empty();
}

void write_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    const auto next = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : '\0');
    const bool is_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;  // not allowed in YAML as it is
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f || is_c1) {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned>(is_c1 ? next : byte));
      out += escaped.data();
      if (is_c1) ++at;
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string hide_secret(std::string_view) {
  return "***";
}

std::string hash_secret(std::string_view text) {
  static const std::uint64_t kSalt = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
  }();
  return "secret:" + hex16(XXH3_64bits_withSeed(text.data(), text.size(), kSalt));
}

std::string describe(const Node& node, bool secret) {
  switch (node.kind()) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::mapping:
      return "a mapping";
    case Node::Kind::scalar:
      break;
  }
  if (secret) return "a value that is not shown (it is a secret)";
  if (node.substituted()) return "a value that is not shown (it came out of ${...})";
  return (node.quoted() ? "the text " : "") + quote(node.text());
}

void wrong_type(const Node& node, const ReadScope& scope, std::string_view expected, std::string hint) {
  scope.out.error("wrong-type", node.mark(), scope.path,
                  "expected " + std::string(expected) + ", found " + describe(node, scope.secret), std::move(hint));
}

bool read_bool(const Node& node, const ReadScope& scope, bool& out) {
  const std::string* text = bare_text(node, scope, "true or false");
  if (text == nullptr) return false;
  if (*text == "true" || *text == "false") {
    out = *text == "true";
    return true;
  }
  std::string lower = *text;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string hint;
  if (lower == "yes" || lower == "on" || lower == "y" || lower == "1" || lower == "true") hint = "write true";
  if (lower == "no" || lower == "off" || lower == "n" || lower == "0" || lower == "false") hint = "write false";
  bad_text(node, scope, "true or false", std::move(hint));
  return false;
}

bool read_signed(const Node& node, const ReadScope& scope, std::int64_t least, std::int64_t most, std::int64_t& out) {
  const std::string* text = bare_text(node, scope, kInteger);
  if (text == nullptr) return false;
  const Digits parts = split_integer(*text);
  std::uint64_t magnitude = 0;
  const Parsed parsed = parse_magnitude(parts, magnitude);
  if (parsed == Parsed::no_integer) {
    bad_text(node, scope, kInteger);
    return false;
  }
  const std::uint64_t bound = parts.negative ? 0 - static_cast<std::uint64_t>(least) : static_cast<std::uint64_t>(most);
  if (parsed == Parsed::out_of_range || magnitude > bound) {
    out_of_range(node, scope, std::to_string(least), std::to_string(most));
    return false;
  }
  out = static_cast<std::int64_t>(parts.negative ? 0 - magnitude : magnitude);
  return true;
}

bool read_unsigned(const Node& node, const ReadScope& scope, std::uint64_t most, std::uint64_t& out) {
  const std::string* text = bare_text(node, scope, kInteger);
  if (text == nullptr) return false;
  const Digits parts = split_integer(*text);
  std::uint64_t magnitude = 0;
  const Parsed parsed = parse_magnitude(parts, magnitude);
  if (parsed == Parsed::no_integer) {
    bad_text(node, scope, kInteger);
    return false;
  }
  if (parsed == Parsed::out_of_range || magnitude > most || (parts.negative && magnitude > 0)) {
    out_of_range(node, scope, "0", std::to_string(most));
    return false;
  }
  out = magnitude;
  return true;
}

bool read_double(const Node& node, const ReadScope& scope, double& out) {
  static constexpr std::string_view kNumber = "a number, such as 1.5";
  const std::string* text = bare_text(node, scope, kNumber);
  if (text == nullptr) return false;
  std::string_view digits = *text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value);
  if (failure != std::errc() || stop != end || !std::isfinite(value)) {
    bad_text(node, scope, kNumber);
    return false;
  }
  out = value;
  return true;
}

bool read_string(const Node& node, const ReadScope& scope, std::string& out) {
  if (node.kind() == Node::Kind::null) {
    wrong_type(node, scope, "a text", "write \"\" for an empty one");
    return false;
  }
  const std::string* text = scalar_text(node, scope, "a text");
  if (text == nullptr) return false;
  out = *text;
  return true;
}

namespace {

// Durations and sizes: the parser's own sentence when the value may be shown.
template <class T>
bool read_with_unit(const Node& node, const ReadScope& scope, std::string_view expected,
                    Result<T> (*parse)(std::string_view), T& out) {
  const std::string* text = scalar_text(node, scope, expected);
  if (text == nullptr) return false;
  const Result<T> parsed = parse(*text);
  if (parsed.has_value()) {
    out = *parsed;
    return true;
  }
  if (scope.secret || node.substituted())
    bad_text(node, scope, expected);
  else
    scope.out.error("wrong-type", node.mark(), scope.path, "expected " + std::string(expected),
                    parsed.error().message());
  return false;
}

}  // namespace

bool read_duration(const Node& node, const ReadScope& scope, Duration& out) {
  return read_with_unit<Duration>(node, scope, "a duration with its unit, such as 5s, 300ms or 24h", parse_duration,
                                  out);
}

bool read_bytes(const Node& node, const ReadScope& scope, Bytes& out) {
  return read_with_unit<Bytes>(node, scope, "a size with its unit, such as 64MiB or 512KiB", parse_bytes, out);
}

bool read_choice(const Node& node, const ReadScope& scope, const std::vector<std::string_view>& names,
                 std::size_t& out) {
  std::string expected = "one of ";
  for (std::size_t i = 0; i < names.size(); ++i) expected.append(i > 0 ? ", " : "").append(names[i]);
  const std::string* text = scalar_text(node, scope, expected);
  if (text == nullptr) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != *text) continue;
    out = i;
    return true;
  }
  std::string hint;
  if (!scope.secret && !node.substituted() && !nearest(*text, names).empty()) hint = suggest(*text, names);
  scope.out.error("unknown-value", node.mark(), scope.path,
                  "expected " + expected + ", found " + describe(node, scope.secret), std::move(hint));
  return false;
}

void write_string(std::string_view text, std::string& out) {
  if (plain_word(text))
    out += text;
  else
    write_quoted(text, out);
}

void write_double(double value, std::string& out) {
  std::array<char, 32> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end);
}

void write_node(const Node& node, std::string& out) {
  switch (node.kind()) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::scalar:
      // "5" and 5 are not the same: numbers and words stay bare only when they were.
      if (!node.quoted() && bare_token(node.text()))
        out += node.text();
      else
        write_quoted(node.text(), out);
      return;
    case Node::Kind::sequence: {
      out += '[';
      const char* separator = "";
      for (const Node& item : node.items()) {
        out += separator;
        write_node(item, out);
        separator = ", ";
      }
      out += ']';
      return;
    }
    case Node::Kind::mapping:
      break;
  }
  out += '{';
  const char* separator = "";
  for (const Node::Member& member : node.members()) {
    out += separator;
    write_string(member.key, out);
    out += ": ";
    write_node(member.value, out);
    separator = ", ";
  }
  out += '}';
}

}  // namespace weir::config
