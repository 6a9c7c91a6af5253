// Members of an event's metadata by what they say, however they are spelled.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::sinks::eventstoredb {

// The text of a member: a string's, without escapes, or a number as it is written ("42" and 42 are the same). Nothing
// when there is no such member, when it is anything else, or when the metadata are no JSON object.
std::optional<std::string> metadata_text(std::string_view metadata, std::string_view name);

}  // namespace weir::sinks::eventstoredb
