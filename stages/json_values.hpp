// Two questions about JSON that decode asks of values and keys alike: what text a string stands for, and whether a
// document is one of Kafka Connect's.
#pragma once

#include "stages/json_cursor.hpp"

#include <memory_resource>
#include <optional>
#include <string_view>

namespace weir::stages {

// The whole document as one value; nothing when it is no JSON.
std::optional<JsonSlice> whole_value(const JsonIndex& index);

// The text that a string of `text` stands for, in the arena where it holds escapes. Nothing for half of a surrogate pair.
std::optional<std::string_view> plain_text(const JsonSlice& string, std::string_view text,
                                           std::pmr::memory_resource& arena);

// The `payload` of a document {"schema": ..., "payload": ...}, in either order, whose schema is null, or an object that is
// empty or has a `type`; else nothing. Cheap for a document whose first member has another name.
std::optional<JsonSlice> connect_payload(const JsonIndex& index);

}  // namespace weir::stages
