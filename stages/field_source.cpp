#include "stages/field_source.hpp"

namespace weir::stages {

std::optional<FieldSource> FieldSource::parse(std::string_view text) {
  constexpr std::string_view kHeader = "header:";
  FieldSource source;
  if (text == "key") {
    source.kind = Kind::key;
    return source;
  }
  if (text.starts_with(kHeader) && text.size() > kHeader.size()) {
    source.kind = Kind::header;
    source.header = text.substr(kHeader.size());
    return source;
  }
  std::optional<JsonPointer> pointer = JsonPointer::parse(text);
  if (!pointer.has_value()) return std::nullopt;
  source.pointer = std::move(*pointer);
  return source;
}

}  // namespace weir::stages
