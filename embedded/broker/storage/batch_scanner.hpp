// BatchScanner: walks the batches of a file one by one and stops at the first that cannot be what the broker wrote.
#pragma once

#include "embedded/broker/storage/file.hpp"
#include "embedded/broker/storage/record_batch.hpp"

#include <memory>
#include <optional>
#include <string>

namespace weir::embedded::broker::storage {

// Lifetime: the file outlives it. Executor, Cancellation: none. Errors: next() fails only where the file cannot be
// read; a bad batch is the end, and fault() says what is wrong with it.
class BatchScanner {
 public:
  enum class Checksums { check, trust };  // trust: headers alone are read

  // From the batch at `position`, whose base offset is `expected`, up to the byte `end`.
  BatchScanner(const File& file, std::uint64_t position, std::uint64_t end, Offset expected, Checksums checksums);

  // The next batch, or nothing: then position() is where the good ones end.
  Result<std::optional<BatchHeader>> next();
  std::uint64_t position() const { return position_; }
  Offset expected() const { return expected_; }
  // Empty when the end was reached.
  const std::string& fault() const { return fault_; }

 private:
  // Makes the bytes [position, position + size) available, size within the buffer's.
  Result<std::string_view> window(std::uint64_t position, std::size_t size);
  Result<std::uint32_t> checksum(std::uint64_t from, std::uint64_t to);

  static constexpr std::size_t kBufferSize = 256 << 10;

  const File& file_;
  std::uint64_t position_;
  std::uint64_t end_;
  Offset expected_;
  Checksums checksums_;
  std::int32_t epoch_ = 0;
  std::string fault_;
  std::unique_ptr<char[]> buffer_;
  std::uint64_t buffered_from_ = 0;
  std::size_t buffered_ = 0;
};

}  // namespace weir::embedded::broker::storage
