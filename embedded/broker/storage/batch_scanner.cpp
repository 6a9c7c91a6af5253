#include "embedded/broker/storage/batch_scanner.hpp"

#include "embedded/broker/storage/crc32c.hpp"

#include <algorithm>

namespace weir::embedded::broker::storage {

namespace {
constexpr std::size_t kChecksummedFrom = 21;
constexpr std::size_t kHeadersOnly = 16 << 10;  // read at once where the records are skipped
}  // namespace

BatchScanner::BatchScanner(const File& file, std::uint64_t position, std::uint64_t end, Offset expected,
                           Checksums checksums)
    : file_(file), position_(position), end_(end), expected_(expected), checksums_(checksums) {}

Result<std::optional<BatchHeader>> BatchScanner::next() {
  std::optional<BatchHeader> none;
  if (!fault_.empty() || position_ >= end_) return none;
  if (end_ - position_ < kBatchHeaderSize) {
    fault_ = "the batch is cut off";
    return none;
  }
  const Result<std::string_view> head = window(position_, kBatchHeaderSize);
  if (!head) return head.error();
  const std::optional<BatchHeader> header = parse_batch_header(*head);
  if (!header) {
    fault_ = "the batch length is impossible";
  } else if (const char* fault = find_header_fault(*header, expected_); fault != nullptr) {
    fault_ = fault;
  } else if (header->size > end_ - position_) {
    fault_ = "the batch is cut off";
  } else if (header->leader_epoch < epoch_) {
    fault_ = "the leader epoch is lower than the one before";
  } else if (checksums_ == Checksums::check) {
    const Result<std::uint32_t> crc = checksum(position_ + kChecksummedFrom, position_ + header->size);
    if (!crc) return crc.error();
    if (*crc != header->crc) fault_ = "the checksum is wrong";
  }
  if (!fault_.empty()) return none;
  position_ += header->size;
  expected_ = header->end_offset();
  epoch_ = header->leader_epoch;
  return header;
}

Result<std::string_view> BatchScanner::window(std::uint64_t position, std::size_t size) {
  if (buffer_ == nullptr) buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
  if (position < buffered_from_ || position + size > buffered_from_ + buffered_) {
    const std::size_t most = checksums_ == Checksums::check ? kBufferSize : kHeadersOnly;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end_ - position, most));
    buffered_ = 0;
    if (const Result<void> got = file_.read_at(position, {buffer_.get(), wanted}); !got) return got.error();
    buffered_from_ = position;
    buffered_ = wanted;
  }
  return std::string_view(buffer_.get() + (position - buffered_from_), size);
}

Result<std::uint32_t> BatchScanner::checksum(std::uint64_t from, std::uint64_t to) {
  std::uint32_t crc = 0;
  while (from < to) {
    // What is buffered first, then whole buffers.
    const std::uint64_t buffered_end = buffered_from_ + buffered_;
    const bool inside = from >= buffered_from_ && from < buffered_end;
    const std::uint64_t until = std::min(to, inside ? buffered_end : from + kBufferSize);
    const Result<std::string_view> bytes = window(from, static_cast<std::size_t>(until - from));
    if (!bytes) return bytes.error();
    crc = crc32c(*bytes, crc);
    from = until;
  }
  return crc;
}

}  // namespace weir::embedded::broker::storage
