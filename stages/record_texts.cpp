#include "stages/record_texts.hpp"

#include "pipeline/text/bytes_look.hpp"
#include "pipeline/text/quotes.hpp"
#include "pipeline/text/utf8.hpp"
#include "stages/json_values.hpp"

#include <charconv>

namespace weir::stages {
namespace {

std::string_view copy(std::string_view text, std::pmr::memory_resource& arena) {
  char* const place = static_cast<char*>(arena.allocate(text.size(), 1));
  text.copy(place, text.size());
  return {place, text.size()};
}

// The signed number that four or eight bytes are, the most significant first.
std::string_view number_of(std::string_view bytes, std::pmr::memory_resource& arena) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  const std::int64_t number = bytes.size() == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value))
                                                : static_cast<std::int64_t>(value);
  char text[24];
  const auto [end, failed] = std::to_chars(text, text + sizeof text, number);
  return copy({text, static_cast<std::size_t>(end - text)}, arena);
}

std::string_view hex_of(std::string_view bytes, std::pmr::memory_resource& arena) {
  constexpr std::string_view kHex = "0123456789abcdef";
  char* const out = static_cast<char*>(arena.allocate(2 * bytes.size(), 1));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kHex[static_cast<unsigned char>(bytes[i]) >> 4];
    out[2 * i + 1] = kHex[static_cast<unsigned char>(bytes[i]) & 0xf];
  }
  return {out, 2 * bytes.size()};
}

std::string_view uuid_of(std::string_view bytes, std::pmr::memory_resource& arena) {
  return copy(Uuid::from_bytes(reinterpret_cast<const unsigned char*>(bytes.data())).str(), arena);
}

// Of a key in this format; 0 = any.
std::size_t size_of(KeyFormat format) {
  switch (format) {
    case KeyFormat::int32:
      return 4;
    case KeyFormat::int64:
      return 8;
    case KeyFormat::uuid:
      return 16;
    case KeyFormat::text:
    case KeyFormat::hex:
      break;
  }
  return 0;
}

bool is_number_field(Field field) {
  return field == Field::aggregate_version || field == Field::occurred_on;
}

// What an event can do without: nothing written there is worth a dead letter.
bool is_reference(Field field) {
  return field == Field::correlation_id || field == Field::causation_id;
}

// Of the variant that programs make: a text that has some control character is not mistaken for one.
bool is_uuid(std::string_view bytes) {
  return bytes.size() == 16 && (static_cast<unsigned char>(bytes[8]) & 0xc0) == 0x80;
}

}  // namespace

bool RecordTexts::key(const Message& message, std::pmr::memory_resource& arena, std::string_view& out,
                      std::string& why) {
  std::string_view key = message.key;
  out = {};
  if (key.empty()) return true;
  if (rules_.format == KeyFormat::text) return text_key(key, arena, out, why);
  const std::size_t wanted = size_of(rules_.format);
  if (rules_.framing == Framing::confluent && text::schema_registry_id(key).has_value() &&
      (wanted == 0 || key.size() == wanted + text::kSchemaRegistryPrefix))
    key.remove_prefix(text::kSchemaRegistryPrefix);
  if (wanted != 0 && key.size() != wanted) {
    why = "the record key has " + std::to_string(key.size()) + " bytes, and 'key_format: " +
          std::string(config::EnumNames<KeyFormat>::names[static_cast<std::size_t>(rules_.format)].first) + "' wants " +
          std::to_string(wanted);
    return false;
  }
  if (rules_.format == KeyFormat::hex)
    out = hex_of(key, arena);
  else
    out = rules_.format == KeyFormat::uuid ? uuid_of(key, arena) : number_of(key, arena);
  return true;
}

bool RecordTexts::text_key(std::string_view key, std::pmr::memory_resource& arena, std::string_view& out,
                           std::string& why) {
  const bool framed = text::schema_registry_id(key).has_value();
  const bool unframes = framed && rules_.framing == Framing::confluent;
  if (unframes) key.remove_prefix(text::kSchemaRegistryPrefix);
  if (!text::is_plain_text(key)) {
    why = "the record key is " + text::describe_bytes(key) + "; decode's 'key_format' says how to read it";
    if (framed && !unframes && text::is_plain_text(key.substr(text::kSchemaRegistryPrefix)))
      why += ", or 'framing: confluent' where a schema registry's client wrote it";
    return false;
  }
  const bool may_be_json = !key.empty() && (key.front() == '"' || key.front() == '{');
  std::optional<JsonSlice> value = may_be_json && index_.build(key) ? whole_value(index_) : std::nullopt;
  if (!value.has_value()) {
    out = key;
    return true;
  }
  if (const std::optional<JsonSlice> inner = connect_payload(index_); inner.has_value()) {
    if (!rules_.connect) {
      why = "the record key is Kafka Connect's JSON with a schema; set decode's 'unwrap: connect'";
      return false;
    }
    value = inner;
  } else if (value->kind == JsonKind::string && !rules_.json_text && !rules_.connect) {
    why = "the record key is a JSON text, in quotes: " + text::quoted(key) + "; set decode's 'json_text: [key]'";
    return false;
  }
  if (value->kind != JsonKind::string) {
    if (value->kind != JsonKind::null) out = value->raw(key);
    return true;
  }
  const std::optional<std::string_view> text = plain_text(*value, key, arena);
  if (!text.has_value()) {
    why = "the record key holds half of a surrogate pair, which is no character";
    return false;
  }
  out = *text;
  return true;
}

bool RecordTexts::header(Field field, std::string_view name, std::string_view value, bool unwrap,
                         std::pmr::memory_resource& arena, FoundValue& out, std::string& why) {
  out = {.value = value, .where = name};
  if (text::is_plain_text(value)) return text_header(is_reference(field) || unwrap, arena, out, why);
  if (is_reference(field)) {
    if (is_uuid(value))
      out.value = uuid_of(value, arena);
    else if (!text::is_utf8(value))
      out.value = hex_of(value, arena);
    return true;
  }
  if (is_number_field(field) && (value.size() == 4 || value.size() == 8)) {
    out.value = number_of(value, arena);
    return true;
  }
  why = "the header " + std::string(name) + " is " + text::describe_bytes(value);
  return false;
}

// A header that is JSON's string or Connect's document stands for what is in it; of all else for itself.
bool RecordTexts::text_header(bool unwrap, std::pmr::memory_resource& arena, FoundValue& out, std::string& why) {
  const std::string_view text = out.value;
  const bool may_be_json = (text.front() == '"' && text.back() == '"') || (text.front() == '{' && text.back() == '}');
  if (text.size() < 2 || !may_be_json || !index_.build(text)) return true;
  std::optional<JsonSlice> value = whole_value(index_);
  if (!value.has_value()) return true;
  const std::optional<JsonSlice> inner = connect_payload(index_);
  if (!inner.has_value() && value->kind != JsonKind::string) return true;
  if (!unwrap) {
    why = "the header " + std::string(out.where) +
          (inner.has_value() ? " is Kafka Connect's JSON with a schema"
                             : " is a JSON text, in quotes: " + text::quoted(text)) +
          "; set decode's 'unwrap: connect'";
    return false;
  }
  if (inner.has_value()) value = inner;
  if (value->kind == JsonKind::null) {
    out = {};
    return true;
  }
  out.value = value->raw(text);
  if (value->kind == JsonKind::string) out.value = plain_text(*value, text, arena).value_or(value->inside(text));
  return true;
}

}  // namespace weir::stages
