#include "stages/selector.hpp"

#include "pipeline/config/diagnostics.hpp"

namespace weir::stages {

Result<Selector> Selector::parse(std::string_view text) {
  Selector selector;
  selector.text_ = text;
  if (text.starts_with('/')) {
    std::optional<JsonPointer> pointer = JsonPointer::parse(text);
    if (!pointer.has_value()) {
      return Error(Errc::invalid_argument,
                   config::quote(text) + " is not a JSON pointer; in its names ~0 stands for '~' and ~1 for '/'");
    }
    selector.pointer_ = std::move(*pointer);
    return selector;
  }
  selector.part_ = Part::parse(text);
  selector.is_event_id_ = text == "event_id";
  if (!selector.part_.has_value())
    return Error(Errc::invalid_argument, unknown_part(text, text, {"or a JSON pointer such as /data/kind"}));
  return selector;
}

std::optional<std::string_view> Selector::pointer_value(const Message& message) {
  if (message.payload.empty()) return std::nullopt;
  if (index_ == nullptr) index_ = std::make_unique<JsonIndex>();
  JsonSlice found;
  JsonProblem problem;
  if (!index_->build(message.payload) || pointer_.find(*index_, found, problem) != JsonPointer::Found::yes)
    return std::nullopt;
  switch (found.kind) {
    case JsonKind::object:
    case JsonKind::array:
    case JsonKind::null:
      return std::nullopt;
    case JsonKind::number:
    case JsonKind::boolean:
      return found.raw(message.payload);
    case JsonKind::string:
      break;
  }
  const std::string_view inside = found.inside(message.payload);
  if (!found.escaped) return inside;
  plain_.resize(inside.size());
  std::size_t size = 0;
  if (!unescape(inside, plain_.data(), size)) return std::nullopt;
  return std::string_view(plain_).substr(0, size);
}

}  // namespace weir::stages
