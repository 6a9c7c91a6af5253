#include "stages/json_values.hpp"

namespace weir::stages {
namespace {

constexpr std::string_view kSchema = "schema";
constexpr std::string_view kPayload = "payload";

// Whether the first member may be one of the two: most documents end here.
bool may_be_connect(const JsonIndex& index) {
  if (index.token_count() < 2) return false;
  const std::string_view text = index.text();
  const std::uint32_t* const tokens = index.tokens();
  if (text[tokens[0]] != '{') return false;
  const std::string_view name = text.substr(tokens[1]);
  return name.starts_with("\"schema\"") || name.starts_with("\"payload\"");
}

// Connect's schemas have a `type`; without schemas its converter writes null. `at`: where the schema begins.
bool is_connect_schema(JsonKind kind, JsonCursor at, std::string_view text) {
  if (kind != JsonKind::object) return kind == JsonKind::null;
  bool empty = true;
  at.enter();
  for (JsonSlice name, value; at.next_member(name) == JsonCursor::Step::found && at.value(value); empty = false) {
    if (name.inside(text) == "type") return true;
  }
  return empty;
}

}  // namespace

std::optional<JsonSlice> whole_value(const JsonIndex& index) {
  JsonCursor cursor(index);
  JsonSlice whole;
  if (!cursor.value(whole) || !cursor.at_end()) return std::nullopt;
  return whole;
}

std::optional<std::string_view> plain_text(const JsonSlice& string, std::string_view text,
                                           std::pmr::memory_resource& arena) {
  const std::string_view inside = string.inside(text);
  if (!string.escaped) return inside;
  char* const plain = static_cast<char*>(arena.allocate(inside.size(), 1));
  std::size_t size = 0;
  if (!unescape(inside, plain, size)) return std::nullopt;
  return std::string_view(plain, size);
}

std::optional<JsonSlice> connect_payload(const JsonIndex& index) {
  if (!may_be_connect(index)) return std::nullopt;
  JsonCursor cursor(index);
  std::optional<JsonSlice> schema;
  std::optional<JsonSlice> payload;
  JsonCursor schema_at = cursor;
  cursor.enter();
  for (;;) {
    JsonSlice name;
    JsonSlice value;
    const JsonCursor::Step step = cursor.next_member(name);
    if (step == JsonCursor::Step::end) break;
    const JsonCursor at = cursor;
    if (step == JsonCursor::Step::broken || !cursor.value(value)) return std::nullopt;
    const std::string_view inside = name.inside(index.text());
    if (inside != kSchema && inside != kPayload) return std::nullopt;
    std::optional<JsonSlice>& which = inside == kSchema ? schema : payload;
    if (which.has_value()) return std::nullopt;
    which = value;
    if (inside == kSchema) schema_at = at;
  }
  if (!cursor.at_end() || !schema.has_value()) return std::nullopt;
  if (!is_connect_schema(schema->kind, schema_at, index.text())) return std::nullopt;
  return payload;
}

}  // namespace weir::stages
