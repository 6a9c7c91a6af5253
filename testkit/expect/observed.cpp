#include "testkit/expect/observed.hpp"

#include <algorithm>

namespace weir::testkit {

const Field* Output::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

std::string_view place_word(Output::Kind kind) {
  switch (kind) {
    case Output::Kind::event:
      return "stream";
    case Output::Kind::record:
      return "topic";
    case Output::Kind::line:
      return "file";
    case Output::Kind::message:
      return "sink";
  }
  return "place";
}

std::string_view item_word(Output::Kind kind) {
  switch (kind) {
    case Output::Kind::event:
      return "event";
    case Output::Kind::record:
      return "record";
    case Output::Kind::line:
      return "line";
    case Output::Kind::message:
      return "message";
  }
  return "output";
}

const std::vector<std::string_view>& field_names(Output::Kind kind) {
  static const std::vector<std::string_view> kEvent{"stream", "revision", "type",   "id",
                                                    "data",   "metadata", "reason", "stage"};
  static const std::vector<std::string_view> kRecord{"topic",     "partition", "key",    "value",
                                                     "timestamp", "headers",   "reason", "stage"};
  static const std::vector<std::string_view> kLine{"file", "line", "key", "value", "headers", "reason", "stage"};
  static const std::vector<std::string_view> kMessage{"topic", "partition", "offset", "key", "value", "headers"};
  switch (kind) {
    case Output::Kind::event:
      return kEvent;
    case Output::Kind::record:
      return kRecord;
    case Output::Kind::line:
      return kLine;
    case Output::Kind::message:
      break;
  }
  return kMessage;
}

bool Journey::trouble() const {
  return std::ranges::any_of(steps, &Step::trouble);
}

}  // namespace weir::testkit
