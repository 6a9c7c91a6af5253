#include "embedded/broker/storage/recovery_point.hpp"

#include "embedded/broker/storage/crc32c.hpp"
#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

#include <string>

namespace weir::embedded::broker::storage {
namespace {

// A slot never crosses a sector: disks write those whole.
constexpr std::uint64_t kSlotDistance = 512;
constexpr std::size_t kSlotSize = 36;  // sequence, end, segment, position, checksum

}  // namespace

Result<std::optional<RecoveryPoint::Value>> RecoveryPoint::read() {
  std::optional<Value> newest;
  const Result<bool> there = files_.exists(path_);
  if (!there) return there.error();
  if (!*there) return newest;
  const Result<std::shared_ptr<File>> file = files_.open(path_, FileSystem::Mode::read);
  if (!file) return file.error();
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return size.error();
  for (std::uint64_t slot = 0; slot < 2; ++slot) {
    std::string bytes(kSlotSize, '\0');
    if (slot * kSlotDistance + kSlotSize > *size) break;
    if (const Result<void> got = (*file)->read_at(slot * kSlotDistance, bytes); !got) return got.error();
    wire::Reader in(bytes);
    const auto sequence = static_cast<std::uint64_t>(in.i64());
    Value value;
    value.end = in.i64();
    value.segment = in.i64();
    value.position = static_cast<std::uint64_t>(in.i64());
    const auto crc = static_cast<std::uint32_t>(in.i32());
    if (sequence <= sequence_ || crc != crc32c(std::string_view(bytes).substr(0, kSlotSize - 4))) continue;
    sequence_ = sequence;
    newest = value;
  }
  return newest;
}

Result<void> RecoveryPoint::write(const Value& value) {
  if (file_ == nullptr) {
    Result<std::shared_ptr<File>> opened = files_.open(path_, FileSystem::Mode::create);
    if (!opened) return opened.error();
    file_ = std::move(*opened);
  }
  ++sequence_;
  wire::Writer out;
  out.i64(static_cast<std::int64_t>(sequence_));
  out.i64(value.end);
  out.i64(value.segment);
  out.i64(static_cast<std::int64_t>(value.position));
  std::string slot = std::move(out).take();
  wire::Writer crc;
  crc.i32(static_cast<std::int32_t>(crc32c(slot)));
  slot += std::move(crc).take();
  const std::string_view parts[] = {slot};
  return file_->write_at((sequence_ % 2) * kSlotDistance, parts);
}

Result<void> RecoveryPoint::write_durably(const Value& value) {
  // Both slots: the higher value must not be found again behind a damaged one.
  for (int slot = 0; slot < 2; ++slot) {
    if (const Result<void> written = write(value); !written) return written;
  }
  return file_->sync();
}

}  // namespace weir::embedded::broker::storage
