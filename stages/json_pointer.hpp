// JSON pointers (RFC 6901): the address of a value inside a document.
#pragma once

#include "stages/json_cursor.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stages {

// A parsed pointer: "/data/items/0". An immutable value.
class JsonPointer {
 public:
  // Nothing when `text` is no pointer: it neither is empty nor starts with '/', or holds a '~' that is not ~0 or ~1.
  static std::optional<JsonPointer> parse(std::string_view text);

  enum class Found : std::uint8_t { yes, no, broken };
  // Walks to the value. `broken`: the document is not JSON up to there (index.problem-like text in `problem`). What
  // stands behind the value is not checked. Of members of the same name the first counts.
  Found find(const JsonIndex& index, JsonSlice& out, JsonProblem& problem) const;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<std::string> steps_;
};

}  // namespace weir::stages
