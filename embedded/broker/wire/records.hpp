// Records: the bytes of whole record batches inside a message, as views, owned, or still in a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// Only carried here: the storage opens it, the transports read it.
namespace weir::embedded::broker::storage {
class File;
}

namespace weir::embedded::broker::wire {

// A run of bytes of a file. Holding it keeps the file readable, even when its segment is deleted meanwhile.
struct FileSlice {
  std::shared_ptr<const storage::File> file;
  std::uint64_t position = 0;
  std::uint32_t size = 0;

  friend bool operator==(const FileSlice&, const FileSlice&) = default;
};

// What a response carries: first the owned bytes, then the slices. Never null on the wire: librdkafka refuses that.
struct Records {
  std::string bytes;
  std::vector<FileSlice> slices;

  std::size_t size() const {
    std::size_t total = bytes.size();
    for (const FileSlice& slice : slices) total += slice.size;
    return total;
  }
  friend bool operator==(const Records&, const Records&) = default;
};

}  // namespace weir::embedded::broker::wire
