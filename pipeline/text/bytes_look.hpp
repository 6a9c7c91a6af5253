// What bytes look like that are not what was expected: for messages, so that they name the way out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::text {

// Valid UTF-8 without control characters other than tab and line ends.
bool is_plain_text(std::string_view bytes) noexcept;

// "8 bytes that are no text (0x000000000000002a)", of long ones the beginning.
std::string describe_bytes(std::string_view bytes);

// The schema id of the prefix that a schema registry's clients put before what they write: a byte 0, then four of the
// id, most significant first. Nothing when the bytes begin otherwise.
std::optional<std::uint32_t> schema_registry_id(std::string_view bytes) noexcept;
inline constexpr std::size_t kSchemaRegistryPrefix = 5;

// The format that the first bytes of a value are the mark of: "gzip", "an Avro container file", ... Empty when they are
// none that is known. Protobuf has no mark: it is named when the bytes are no text and all of them read as its fields.
std::string_view format_of(std::string_view bytes) noexcept;

}  // namespace weir::text
