// What stands compressed in a record batch, in the four codecs of Kafka.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::storage {

// The codecs by their number in a batch's attributes.
enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

// The expanded bytes, or nothing: damaged, cut off, an unknown codec, or more than `most` bytes. Takes no more memory
// than `most` and a little, whatever the bytes claim. Snappy as Kafka has it: a plain block, or xerial's framed blocks.
std::optional<std::string> expand(Codec codec, std::string_view bytes, std::size_t most);

}  // namespace weir::embedded::broker::storage
