// Compressed bytes as producers make them.
#pragma once

#include "embedded/broker/storage/expand.hpp"

#include <string>
#include <vector>

namespace weir::embedded::broker::storage {

std::string compress(Codec codec, const std::string& text);
// xerial's frames, which the Java clients write.
std::string snappy_frames(const std::vector<std::string>& blocks);

}  // namespace weir::embedded::broker::storage
