#include "embedded/broker/storage/crc32c.hpp"

#include <isa-l/crc.h>

namespace weir::embedded::broker::storage {

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  // isa-l counts in int; requests are far smaller. It leaves the two complements of the standard to its caller.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~before);
}

}  // namespace weir::embedded::broker::storage
