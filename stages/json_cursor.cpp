#include "stages/json_cursor.hpp"

#include <array>
#include <bitset>
#include <cstring>

namespace weir::stages {
namespace {

enum Class : std::uint8_t { kOther = 0, kDigit = 1, kEnds = 2, kHex = 4 };

// kEnds: what may follow a number or a word directly.
constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = kDigit | kHex;
  for (int c = 'a'; c <= 'f'; ++c) table[c] = table[c - 'a' + 'A'] = kHex;
  for (const unsigned char c : {' ', '\t', '\n', '\r', ',', ':', '[', ']', '{', '}'}) table[c] = kEnds;
  return table;
}();

bool is(char c, Class wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}
bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The position of the first bad escape, or npos.
std::size_t bad_escape(std::string_view inside) {
  for (std::size_t i = inside.find('\\'); i != std::string_view::npos; i = inside.find('\\', i)) {
    if (i + 1 >= inside.size()) return i;
    const char kind = inside[i + 1];
    if (kind == 'u') {
      if (i + 6 > inside.size()) return i;
      for (std::size_t k = i + 2; k < i + 6; ++k) {
        if (!is(inside[k], kHex)) return i;
      }
      i += 6;
    } else {
      if (std::strchr("\"\\/bfnrt", kind) == nullptr || kind == '\0') return i;
      i += 2;
    }
  }
  return std::string_view::npos;
}

unsigned hex4(const char* p) {
  unsigned value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    value = value << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

char* put_utf8(char* out, unsigned code) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | code >> 6);
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xe0 | code >> 12);
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *out++ = static_cast<char>(0xf0 | code >> 18);
    *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
  }
  return out;
}

char plain_escape(char kind) {
  switch (kind) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return kind;
  }
}

}  // namespace

std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::object:
      return "an object";
    case JsonKind::array:
      return "an array";
    case JsonKind::string:
      return "a text";
    case JsonKind::number:
      return "a number";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::null:
      return "null";
  }
  return "a value";
}

bool JsonCursor::peek(JsonKind& kind) {
  switch (byte()) {
    case '{':
      kind = JsonKind::object;
      return true;
    case '[':
      kind = JsonKind::array;
      return true;
    case '"':
      kind = JsonKind::string;
      return true;
    case 't':
    case 'f':
      kind = JsonKind::boolean;
      return true;
    case 'n':
      kind = JsonKind::null;
      return true;
    case '-':
      kind = JsonKind::number;
      return true;
    default:
      if (at_ != end_ && is(byte(), kDigit)) {
        kind = JsonKind::number;
        return true;
      }
      return fail("a value is expected", offset());
  }
}

bool JsonCursor::value(JsonSlice& out) {
  const char c = byte();
  return c == '{' || c == '[' ? container(out) : scalar(out);
}

bool JsonCursor::scalar(JsonSlice& out) {
  switch (byte()) {
    case '"':
      return string(out);
    case 't':
      return word("true", JsonKind::boolean, out);
    case 'f':
      return word("false", JsonKind::boolean, out);
    case 'n':
      return word("null", JsonKind::null, out);
    default:
      return number(out);
  }
}

// Closing quotes are no tokens: a string ends at the last byte before the next token that is not white space.
bool JsonCursor::string(JsonSlice& out) {
  const std::uint32_t begin = *at_++;
  std::uint32_t end = *at_;  // the next token, or the sentinel
  while (end > begin + 1 && is_space(text_[end - 1])) --end;
  if (end < begin + 2 || text_[end - 1] != '"') return fail("a text is not closed", begin);
  out = {JsonKind::string, false, begin, end};
  if (escapes_) {
    const std::string_view inside = out.inside(text_);
    if (std::memchr(inside.data(), '\\', inside.size()) != nullptr) {
      out.escaped = true;
      const std::size_t bad = bad_escape(inside);
      if (bad != std::string_view::npos) return fail("a text holds an escape that JSON does not have", begin + 1 + bad);
    }
  }
  return true;
}

bool JsonCursor::number(JsonSlice& out) {
  if (at_ == end_) return fail("it ends where a value is expected (is it truncated?)", text_.size());
  const std::size_t begin = *at_;
  // The padding of the index holds spaces, so that the scan ends behind the text.
  const char* p = text_.data() + begin;
  if (*p == '-') ++p;
  if (!is(*p, kDigit)) return fail(p == text_.data() + begin ? "a value is expected" : "a number has no digits", begin);
  if (*p == '0' && is(p[1], kDigit)) return fail("a number starts with a zero", begin);
  while (is(*p, kDigit)) ++p;
  if (*p == '.') {
    ++p;
    if (!is(*p, kDigit)) return fail("a number has no digit behind its point", begin);
    while (is(*p, kDigit)) ++p;
  }
  if (*p == 'e' || *p == 'E') {
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!is(*p, kDigit)) return fail("a number has no digit in its exponent", begin);
    while (is(*p, kDigit)) ++p;
  }
  if (!is(*p, kEnds)) return fail("a number is followed by something else", begin);
  out = {JsonKind::number, false, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(p - text_.data())};
  ++at_;
  return true;
}

bool JsonCursor::word(std::string_view word, JsonKind kind, JsonSlice& out) {
  const std::uint32_t begin = *at_;
  const char* p = text_.data() + begin;  // padded: a word's bytes can be read
  if (std::memcmp(p, word.data(), word.size()) != 0 || !is(p[word.size()], kEnds))
    return fail("a value is expected", begin);
  out = {kind, false, begin, static_cast<std::uint32_t>(begin + word.size())};
  ++at_;
  return true;
}

// A member's name and its colon, inside container().
bool JsonCursor::key() {
  JsonSlice name;
  if (byte() != '"') return fail("a member's name in quotes is expected", offset());
  if (!string(name)) return false;
  if (byte() != ':') return fail("':' is expected", offset());
  ++at_;
  return true;
}

bool JsonCursor::container(JsonSlice& out) {
  std::bitset<kMaxDepth + 1> in_object;
  std::size_t depth = 0;
  JsonSlice leaf;
  const std::uint32_t begin = *at_;
  const JsonKind kind = text_[begin] == '{' ? JsonKind::object : JsonKind::array;
  for (;;) {
    // At a value.
    const char open = byte();
    bool closes = false;
    if (open == '{' || open == '[') {
      if (++depth > kMaxDepth) return fail("it is nested more than 256 levels deep", offset());
      in_object[depth] = open == '{';
      ++at_;
      closes = byte() == (open == '{' ? '}' : ']');
      if (!closes) {
        if (open == '{' && !key()) return false;
        continue;
      }
    } else if (!scalar(leaf)) {
      return false;
    }
    // After a value, or at the closing bracket of an empty container.
    for (;;) {
      const char next = byte();
      if (closes || next == (in_object[depth] ? '}' : ']')) {
        closes = false;
        const std::uint32_t end = *at_++ + 1;
        if (--depth == 0) {
          out = {kind, false, begin, end};
          return true;
        }
        continue;
      }
      if (next != ',') {
        if (at_ == end_) return fail("it ends inside an object or array (is it truncated?)", text_.size());
        return fail(in_object[depth] ? "',' or '}' is expected" : "',' or ']' is expected", offset());
      }
      ++at_;
      if (in_object[depth] && !key()) return false;
      break;
    }
  }
}

JsonCursor::Step JsonCursor::next_member(JsonSlice& name) {
  if (byte() == '}') {
    ++at_;
    return Step::end;
  }
  if (!first_) {
    if (byte() != ',') {
      fail(at_ == end_ ? "it ends inside an object (is it truncated?)" : "',' or '}' is expected", offset());
      return Step::broken;
    }
    ++at_;
  }
  first_ = false;
  if (byte() != '"') {
    fail(at_ == end_ ? "it ends inside an object (is it truncated?)" : "a member's name in quotes is expected",
         offset());
    return Step::broken;
  }
  if (!string(name)) return Step::broken;
  if (byte() != ':') {
    fail("':' is expected", offset());
    return Step::broken;
  }
  ++at_;
  return Step::found;
}

JsonCursor::Step JsonCursor::next_item() {
  if (byte() == ']') {
    ++at_;
    return Step::end;
  }
  if (!first_) {
    if (byte() != ',') {
      fail("',' or ']' is expected", offset());
      return Step::broken;
    }
    ++at_;
  }
  first_ = false;
  return Step::found;
}

bool JsonCursor::at_end() {
  if (at_ == end_) return true;
  return fail("something stands behind the end of the document", *at_);
}

bool unescape(std::string_view inside, char* out, std::size_t& size) {
  char* const start = out;
  for (std::size_t i = 0; i < inside.size();) {
    if (inside[i] != '\\') {
      *out++ = inside[i++];
      continue;
    }
    if (inside[i + 1] != 'u') {
      *out++ = plain_escape(inside[i + 1]);
      i += 2;
      continue;
    }
    unsigned code = hex4(inside.data() + i + 2);
    i += 6;
    if (code >= 0xdc00 && code < 0xe000) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      if (i + 6 > inside.size() || inside[i] != '\\' || inside[i + 1] != 'u') return false;
      const unsigned low = hex4(inside.data() + i + 2);
      if (low < 0xdc00 || low >= 0xe000) return false;
      code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
      i += 6;
    }
    out = put_utf8(out, code);
  }
  size = static_cast<std::size_t>(out - start);
  return true;
}

}  // namespace weir::stages
