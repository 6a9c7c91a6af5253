// CRC-32C (Castagnoli), as record batches and our own frames carry it.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::embedded::broker::storage {

// `before`: the checksum of the bytes in front of these.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace weir::embedded::broker::storage
