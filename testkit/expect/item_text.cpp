#include "testkit/expect/item_text.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/text/bytes_look.hpp"
#include "testkit/expect/yaml_text.hpp"

namespace weir::testkit {

namespace {

constexpr std::size_t kMaxValue = 160;
constexpr std::size_t kMaxItem = 400;

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  text.resize(end);
  return text + "...";
}

// JSON as it is, other text as YAML writes it, what is neither by its size.
std::string value_text(const std::optional<std::string>& bytes) {
  if (!bytes.has_value()) return "null";
  if (!text::is_plain_text(*bytes)) return text::describe_bytes(*bytes);
  const bool is_document = bytes->starts_with('{') || bytes->starts_with('[');
  if (is_document && bytes->find('\n') == std::string::npos) return cut(*bytes, kMaxValue);
  std::string written;
  config::write_string(*bytes, written);
  return cut(std::move(written), kMaxValue);
}

// What the machinery says of an output, and no test looks at by default.
bool is_beside(const Output& output, std::string_view field) {
  if (field == "metadata" || field == "id" || field == "revision" || field == "timestamp") return true;
  if (field == "partition" && output.kind == Output::Kind::record) return true;
  return field == "line" && output.fields.size() > 1;
}

bool is_place(std::string_view field) {
  return field == "stream" || field == "topic" || field == "file";
}

}  // namespace

std::string describe(const Output& output, bool with_place) {
  std::string text = "{ ";
  const auto add = [&text](std::string_view name, const std::string& value) {
    text.append(text.size() > 2 ? ", " : "").append(name).append(": ").append(value);
  };
  for (const Field& field : output.fields) {
    if (is_beside(output, field.name)) continue;
    if (is_place(field.name) && !with_place) continue;
    if (field.name == "key" && !field.bytes.has_value()) continue;
    add(field.name, value_text(field.bytes));
  }
  return cut(std::move(text), kMaxItem) + " }";
}

std::string describe(const ExpectedItem& item) {
  std::string text = yaml_of(item.written);
  return text == "{}" ? "any" : cut(std::move(text), kMaxItem);
}

std::string count_text(std::size_t count, Output::Kind kind) {
  const std::string number = count == 0 ? "no" : std::to_string(count);
  return number + " " + std::string(item_word(kind)) + (count == 1 ? "" : "s");
}

}  // namespace weir::testkit
