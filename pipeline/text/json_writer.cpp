#include "pipeline/text/json_writer.hpp"

#include "pipeline/text/json.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <exception>

namespace weir::text {

namespace {

template <class T>
void append_integer(std::string& out, T number) {
  std::array<char, 24> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  out.append(text.data(), end);
}

}  // namespace

JsonWriter::~JsonWriter() {
  // What an exception has cut short is no bug of the caller's.
  assert((std::uncaught_exceptions() > 0 || (depth_ == 0 && !after_key_)) && "an object or array was not ended");
}

void JsonWriter::key(std::string_view name) {
  assert(inside('{') && "a key stands in an object");
  assert(!after_key_ && "the key before has no value");
  separate();
  append_json_string(out_, name);
  out_.push_back(':');
  if (layout() != JsonLayout::compact) out_.push_back(' ');
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  before_value();
  append_json_string(out_, text);
}

void JsonWriter::value(double number) {
  before_value();
  append_json_number(out_, number);
}

void JsonWriter::raw(std::string_view json) {
  before_value();
  out_.append(json);
}

void JsonWriter::raw_on_one_line(std::string_view json) {
  raw(json);
  const auto begin = out_.end() - static_cast<std::ptrdiff_t>(json.size());
  std::replace_if(begin, out_.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void JsonWriter::raw_members(std::string_view members) {
  assert(inside('{') && !after_key_ && "members stand in an object");
  separate();
  out_.append(members);
}

void JsonWriter::begin(char open, JsonLayout layout) {
  before_value();
  assert(depth_ < kDeepest && "nested too deeply");
  levels_[depth_++] = {open, layout};
  out_.push_back(open);
  first_ = true;
}

void JsonWriter::end(char open, char close) {
  assert(inside(open) && "what is ended was not begun");
  assert(!after_key_ && "the last key has no value");
  const bool lines = layout() == JsonLayout::lines;
  --depth_;
  if (lines && !first_) new_line();
  out_.push_back(close);
  first_ = false;
}

void JsonWriter::integer(std::int64_t number) {
  before_value();
  append_integer(out_, number);
}

void JsonWriter::integer(std::uint64_t number) {
  before_value();
  append_integer(out_, number);
}

void JsonWriter::before_value() {
  assert((after_key_ || !inside('{')) && "a value in an object has a key");
  if (after_key_) {
    after_key_ = false;
  } else {
    separate();
  }
}

// What stands between one member or element and the next.
void JsonWriter::separate() {
  assert((depth_ > 0 || first_) && "a writer writes one value");
  if (!first_) out_.push_back(',');
  if (depth_ > 0 && layout() == JsonLayout::lines) new_line();
  if (!first_ && layout() == JsonLayout::spaced) out_.push_back(' ');
  first_ = false;
}

void JsonWriter::new_line() {
  out_.append("\n").append(2 * depth_, ' ');
}

}  // namespace weir::text
