// Base64 (RFC 4648, section 4), for bytes that are not JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::text {

std::string encode_base64(std::string_view bytes);
// Strict: the standard alphabet, padded, no white space. Anything else: no value.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace weir::text
