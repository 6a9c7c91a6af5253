#include "embedded/broker/storage/slot_file.hpp"

#include "embedded/broker/storage/crc32c.hpp"
#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

namespace weir::embedded::broker::storage {
namespace {

// A slot never crosses a sector: disks write those whole. It holds the sequence, the payload, and a checksum of both.
constexpr std::uint64_t kSlotDistance = 512;
constexpr std::size_t kSequenceBytes = 8;
constexpr std::size_t kChecksumBytes = 4;
static_assert(SlotFile::kMaxPayload + kSequenceBytes + kChecksumBytes <= kSlotDistance);

}  // namespace

Result<std::optional<std::string>> SlotFile::read() {
  std::optional<std::string> newest;
  const Result<bool> there = files_.exists(path_);
  if (!there) return there.error();
  if (!*there) return newest;
  const Result<std::shared_ptr<File>> file = files_.open(path_, FileSystem::Mode::read);
  if (!file) return file.error();
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return size.error();
  const std::size_t checked = kSequenceBytes + payload_size_;
  for (std::uint64_t slot = 0; slot < 2; ++slot) {
    std::string bytes(checked + kChecksumBytes, '\0');
    if (slot * kSlotDistance + bytes.size() > *size) break;
    if (const Result<void> got = (*file)->read_at(slot * kSlotDistance, bytes); !got) return got.error();
    wire::Reader in(bytes);
    const auto sequence = static_cast<std::uint64_t>(in.i64());
    wire::Reader tail(std::string_view(bytes).substr(checked));
    const auto crc = static_cast<std::uint32_t>(tail.i32());
    if (sequence <= sequence_ || crc != crc32c(std::string_view(bytes).substr(0, checked))) continue;
    sequence_ = sequence;
    newest = bytes.substr(kSequenceBytes, payload_size_);
  }
  return newest;
}

Result<void> SlotFile::write(std::string_view payload) {
  Result<void> done = write_slot(payload);
  if (done) ++sequence_;
  return done;
}

// One that fails is tried again in the same slot, whose bytes are in doubt; the other one holds the value of before.
Result<void> SlotFile::write_slot(std::string_view payload) {
  if (file_ == nullptr) {
    Result<std::shared_ptr<File>> opened = files_.open(path_, FileSystem::Mode::create);
    if (!opened) return opened.error();
    file_ = std::move(*opened);
  }
  const std::uint64_t sequence = sequence_ + 1;
  wire::Writer out;
  out.i64(static_cast<std::int64_t>(sequence));
  const std::string checked = std::move(out).take().append(payload);
  wire::Writer crc;
  crc.i32(static_cast<std::int32_t>(crc32c(checked)));
  const std::string checksum = std::move(crc).take();
  const std::string_view parts[] = {checked, checksum};
  return file_->write_at((sequence % 2) * kSlotDistance, parts);
}

Result<void> SlotFile::write_durably(std::string_view payload) {
  Result<void> done;
  // Both slots: the value before must not be found again behind a damaged one. One after the other: while the first is
  // on its way to the disk, the second holds the value of before.
  for (int slot = 0; slot < 2 && done; ++slot) {
    done = write_slot(payload);
    if (done) done = file_->sync();
    if (done) ++sequence_;
  }
  if (done && !is_durable_) done = files_.sync_directory(path_.parent_path());
  if (done) {
    is_durable_ = true;
  } else {
    file_.reset();  // a file whose sync failed never syncs again; another attempt writes anew
  }
  return done;
}

}  // namespace weir::embedded::broker::storage
