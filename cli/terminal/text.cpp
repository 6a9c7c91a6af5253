#include "cli/terminal/text.hpp"

#include "pipeline/text/utf8.hpp"

#include <array>
#include <cstdio>

namespace weir::cli {

namespace {

void append_hex(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

// U+0080..U+009F: terminals may take them as the beginning of a control sequence.
bool is_c1(std::string_view sequence) {
  return sequence.size() == 2 && sequence[0] == '\xc2' && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

}  // namespace

std::string printable(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = text::utf8_length(text);
    const bool control = first < 0x20 || first == 0x7f;
    if (length == 0 || (control && !(keep_lines && first == '\n'))) {
      append_hex(out, first);
      text.remove_prefix(1);
      continue;
    }
    const std::string_view sequence = text.substr(0, length);
    if (is_c1(sequence)) {
      for (const char c : sequence) append_hex(out, static_cast<unsigned char>(c));
    } else {
      out += sequence;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string pretty_json(std::string_view json, std::size_t indent, std::size_t first_indent) {
  // Deeper levels are not indented further: a hostile nesting must not make the output quadratic.
  constexpr std::size_t kDeepest = 24;
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  bool escaped = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(first_indent + indent * std::min(depth, kDeepest), ' ');
  };
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (in_string) {
      out += c;
      if (!escaped && c == '"') in_string = false;
      escaped = !escaped && c == '\\';
      continue;
    }
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        break;
      case '"':
        in_string = true;
        out += c;
        break;
      case '{':
      case '[': {
        out += c;
        const std::size_t next = json.find_first_not_of(" \t\r\n", at + 1);
        if (next != std::string_view::npos && (json[next] == '}' || json[next] == ']')) {
          out += json[next];
          at = next;
        } else {
          ++depth;
          new_line();
        }
        break;
      }
      case '}':
      case ']':
        if (depth > 0) --depth;
        new_line();
        out += c;
        break;
      case ',':
        out += c;
        new_line();
        break;
      case ':':
        out += ": ";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ' ';
    out += digits[i];
  }
  return out;
}

std::string short_number(double number) {
  constexpr std::array<std::string_view, 5> kUnits = {"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  while (number >= 999.5 && unit + 1 < kUnits.size()) {
    number /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || number >= 99.95 ? "%.0f" : "%.1f", number);
  return text.data() + std::string(kUnits[unit]);
}

std::string clip(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t shown = 0;
  bool colour = false;
  while (!text.empty()) {
    if (text.starts_with("\x1b[")) {
      const std::size_t end = std::min(text.find('m'), text.size() - 1);
      out += text.substr(0, end + 1);
      colour = text.substr(0, end + 1) != "\x1b[0m";
      text.remove_prefix(end + 1);
      continue;
    }
    const std::size_t length = std::max<std::size_t>(1, text::utf8_length(text));
    const bool last = length == text.size() || text.substr(length) == "\x1b[0m";
    if (shown + 1 > width) return out;
    if (shown + 1 == width && !last) {
      out += "…";
      if (colour) out += "\x1b[0m";
      return out;
    }
    out += text.substr(0, length);
    ++shown;
    text.remove_prefix(length);
  }
  return out;
}

std::string coloured(std::string_view text, Colour colour, bool colours) {
  if (!colours || colour == Colour::none) return std::string(text);
  std::string_view code = "0";
  switch (colour) {
    case Colour::none:
      break;
    case Colour::red:
      code = "31";
      break;
    case Colour::green:
      code = "32";
      break;
    case Colour::yellow:
      code = "33";
      break;
    case Colour::cyan:
      code = "36";
      break;
    case Colour::grey:
      code = "90";
      break;
    case Colour::bold:
      code = "1";
      break;
  }
  std::string out = "\x1b[";
  out.append(code).append("m").append(text).append("\x1b[0m");
  return out;
}

}  // namespace weir::cli
