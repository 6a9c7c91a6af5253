#include "sinks/eventstoredb/metadata_text.hpp"

#include "pipeline/text/json_digest.hpp"

#include <simdjson.h>

namespace weir::sinks::eventstoredb {
namespace {

std::optional<std::string> unescaped(std::string_view json) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  std::string_view text;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

}  // namespace

std::optional<std::string> metadata_text(std::string_view metadata, std::string_view name) {
  const std::optional<std::string_view> value = text::json_member(metadata, name);
  if (!value.has_value() || value->empty()) return std::nullopt;
  const char first = value->front();
  if (first == '-' || (first >= '0' && first <= '9')) return std::string(*value);
  if (first != '"') return std::nullopt;
  if (value->find('\\') != std::string_view::npos) return unescaped(*value);
  return std::string(value->substr(1, value->size() - 2));
}

}  // namespace weir::sinks::eventstoredb
