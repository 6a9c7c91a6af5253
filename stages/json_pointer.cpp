#include "stages/json_pointer.hpp"

#include <charconv>

namespace weir::stages {
namespace {

bool names(const JsonSlice& name, std::string_view text, const std::string& step) {
  const std::string_view inside = name.inside(text);
  if (!name.escaped) return inside == step;
  std::string plain(inside.size(), '\0');
  std::size_t size = 0;
  return unescape(inside, plain.data(), size) && std::string_view(plain.data(), size) == step;
}

// An array index: no sign, no leading zero. Anything else addresses nothing.
std::optional<std::size_t> array_index(const std::string& step) {
  if (step.empty() || (step.size() > 1 && step.front() == '0')) return std::nullopt;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), value);
  if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
  return value;
}

JsonPointer::Found step_into_object(JsonCursor& cursor, std::string_view text, const std::string& step) {
  JsonSlice name;
  JsonSlice skipped;
  for (;;) {
    const JsonCursor::Step next = cursor.next_member(name);
    if (next == JsonCursor::Step::broken) return JsonPointer::Found::broken;
    if (next == JsonCursor::Step::end) return JsonPointer::Found::no;
    if (names(name, text, step)) return JsonPointer::Found::yes;
    if (!cursor.value(skipped)) return JsonPointer::Found::broken;
  }
}

JsonPointer::Found step_into_array(JsonCursor& cursor, const std::string& step) {
  const std::optional<std::size_t> wanted = array_index(step);
  if (!wanted.has_value()) return JsonPointer::Found::no;
  JsonSlice skipped;
  for (std::size_t i = 0;; ++i) {
    const JsonCursor::Step next = cursor.next_item();
    if (next == JsonCursor::Step::broken) return JsonPointer::Found::broken;
    if (next == JsonCursor::Step::end) return JsonPointer::Found::no;
    if (i == *wanted) return JsonPointer::Found::yes;
    if (!cursor.value(skipped)) return JsonPointer::Found::broken;
  }
}

}  // namespace

std::optional<JsonPointer> JsonPointer::parse(std::string_view text) {
  JsonPointer pointer;
  pointer.text_ = text;
  if (text.empty()) return pointer;
  if (text.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      pointer.steps_.emplace_back();
    } else if (text[i] != '~') {
      pointer.steps_.back() += text[i];
    } else {
      const char code = i + 1 < text.size() ? text[++i] : '\0';
      if (code != '0' && code != '1') return std::nullopt;
      pointer.steps_.back() += code == '0' ? '~' : '/';
    }
  }
  return pointer;
}

JsonPointer::Found JsonPointer::find(const JsonIndex& index, JsonSlice& out, JsonProblem& problem) const {
  JsonCursor cursor(index);
  Found found = Found::yes;
  for (const std::string& step : steps_) {
    JsonKind kind;
    if (!cursor.peek(kind)) {
      found = Found::broken;
    } else if (kind == JsonKind::object) {
      cursor.enter();
      found = step_into_object(cursor, index.text(), step);
    } else if (kind == JsonKind::array) {
      cursor.enter();
      found = step_into_array(cursor, step);
    } else {
      found = Found::no;
    }
    if (found != Found::yes) break;
  }
  if (found == Found::yes && !cursor.value(out)) found = Found::broken;
  if (found == Found::broken) problem = cursor.problem();
  return found;
}

}  // namespace weir::stages
