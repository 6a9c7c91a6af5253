#include "stages/payload_view.hpp"

#include "pipeline/text/bytes_look.hpp"
#include "pipeline/text/utf8.hpp"
#include "stages/field_values.hpp"
#include "stages/json_values.hpp"

#include <functional>

namespace weir::stages {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

char first_of(std::string_view text) {
  if (!text.empty() && text.front() > ' ') return text.front();
  const std::size_t at = text.find_first_not_of(kBlanks);
  return at == std::string_view::npos ? '\0' : text[at];
}

bool may_be_json(std::string_view text) {
  return first_of(text) == '{' || first_of(text) == '[' || first_of(text) == '"';
}

}  // namespace

bool PayloadView::open(Message& message, std::pmr::memory_resource& arena, std::string& why) {
  connect_null_ = false;
  payload_ = message.payload;
  std::string_view text = payload_;
  if (rules_.framing == Framing::confluent) {
    message.event.schema_id = text::schema_registry_id(text);
    if (message.event.schema_id.has_value()) text.remove_prefix(text::kSchemaRegistryPrefix);
  }
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  if (!build(text, why)) return false;
  if (first_of(text_) == '"' && !unwrap_text(arena, why)) return false;
  if (!unwrap_connect(why)) return false;
  return first_of(text_) != '"' || unwrap_text(arena, why);
}

bool PayloadView::build(std::string_view text, std::string& why) {
  text_ = text;
  return index_.build(text) || broken(index_.problem(), why);
}

bool PayloadView::unwrap_connect(std::string& why) {
  const std::optional<JsonSlice> inner = connect_payload(index_);
  if (!inner.has_value()) return true;
  if (rules_.connect) {
    connect_null_ = inner->kind == JsonKind::null;
    return build(inner->raw(text_), why);
  }
  if (rules_.connect_is_read) return true;
  why = "the payload is Kafka Connect's JSON with a schema, and the event stands under /payload; set 'unwrap: connect'";
  return false;
}

bool PayloadView::unwrap_text(std::pmr::memory_resource& arena, std::string& why) {
  if (index_.token_count() != 1) return true;
  const std::optional<JsonSlice> whole = whole_value(index_);
  if (!whole.has_value()) return true;  // whoever reads it says so
  const std::optional<std::string_view> inside = plain_text(*whole, text_, arena);
  if (!inside.has_value()) return true;
  const char first = first_of(*inside);
  if (first != '{' && first != '[') return true;
  if (rules_.value_text) return build(*inside, why);
  if (rules_.takes_any_value) return true;
  why = std::string("the payload is a JSON text that holds ") + (first == '{' ? "an object" : "an array") +
        "; set 'json_text: [value]'";
  return false;
}

std::int64_t PayloadView::offset(std::size_t at) const {
  const char* const end = payload_.data() + payload_.size();
  const std::less<const char*> before;
  if (before(text_.data(), payload_.data()) || before(end, text_.data())) return -1;
  return text_.data() - payload_.data() + static_cast<std::int64_t>(at);
}

bool PayloadView::broken(const JsonProblem& problem, std::string& why) const {
  why = "the payload is not valid JSON: ";
  why.append(problem.what).append(place(offset(problem.at)));
  const std::optional<std::uint32_t> schema = text::schema_registry_id(payload_);
  if (schema.has_value()) {
    const bool json = may_be_json(payload_.substr(text::kSchemaRegistryPrefix));
    why += "; it begins with the prefix of a schema registry's client (schema id " + std::to_string(*schema) + ")";
    if (!json) return why += ", but what follows is no JSON: Avro and Protobuf are not read", false;
    if (rules_.framing == Framing::none) why += ": set 'framing: confluent'";
    return false;
  }
  const std::string_view format = text::format_of(payload_);
  if (!format.empty()) why.append("; it looks like ").append(format);
  return false;
}

}  // namespace weir::stages
