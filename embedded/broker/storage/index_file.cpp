// The .idx file: a head with the summary, its own checksum and the epochs; behind it the entries with another checksum,
// so that a start reads only the heads.
#include "embedded/broker/storage/crc32c.hpp"
#include "embedded/broker/storage/segment_index.hpp"
#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

#include <array>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::int32_t kIndexMagic = 0x57696401;  // "Wid", version 1
constexpr std::size_t kIndexPrefix = 12;          // magic, length of the head behind it, its checksum
constexpr std::uint64_t kMostIndexHead = std::uint64_t{16} << 20;
constexpr std::size_t kIndexEntrySize = 16;

struct IndexHead {
  SegmentSummary summary;
  std::uint32_t entries = 0;
  std::uint32_t entries_crc = 0;
  std::uint64_t size = 0;  // of the whole head
};

std::string encode_entries(const SegmentIndex& index) {
  wire::Writer out;
  for (const IndexEntry& entry : index.entries()) {
    out.i32(static_cast<std::int32_t>(entry.offset));
    out.i32(static_cast<std::int32_t>(entry.position));
    out.i64(entry.newest);
  }
  return std::move(out).take();
}

std::string encode_head(const SegmentSummary& summary, const SegmentIndex& index, std::string_view entries) {
  wire::Writer out;
  out.i64(summary.base);
  out.i64(summary.end);
  out.i64(static_cast<std::int64_t>(summary.size));
  out.i64(summary.newest.timestamp);
  out.i64(summary.newest.offset);
  out.i64(summary.first_timestamp);
  out.i32(static_cast<std::int32_t>(index.entries().size()));
  out.i32(static_cast<std::int32_t>(crc32c(entries)));
  out.i32(static_cast<std::int32_t>(summary.epochs.size()));
  for (const EpochStart& epoch : summary.epochs) {
    out.i32(epoch.epoch);
    out.i64(epoch.start);
  }
  const std::string body = std::move(out).take();
  wire::Writer framed;
  framed.i32(kIndexMagic);
  framed.i32(static_cast<std::int32_t>(body.size()));
  framed.i32(static_cast<std::int32_t>(crc32c(body)));
  framed.raw(body);
  return std::move(framed).take();
}

Result<std::optional<IndexHead>> read_head(const File& file, std::uint64_t file_size) {
  std::optional<IndexHead> none;
  if (file_size < kIndexPrefix) return none;
  std::string bytes(kIndexPrefix, '\0');
  if (const Result<void> got = file.read_at(0, bytes); !got) return got.error();
  wire::Reader prefix(bytes);
  const std::int32_t magic = prefix.i32();
  const auto length = static_cast<std::uint32_t>(prefix.i32());
  const auto crc = static_cast<std::uint32_t>(prefix.i32());
  if (magic != kIndexMagic || length > kMostIndexHead || kIndexPrefix + length > file_size) return none;
  std::string body(length, '\0');
  if (const Result<void> got = file.read_at(kIndexPrefix, body); !got) return got.error();
  if (crc32c(body) != crc) return none;

  wire::Reader in(body);
  IndexHead head;
  head.summary.base = in.i64();
  head.summary.end = in.i64();
  head.summary.size = static_cast<std::uint64_t>(in.i64());
  head.summary.newest.timestamp = in.i64();
  head.summary.newest.offset = in.i64();
  head.summary.first_timestamp = in.i64();
  head.entries = static_cast<std::uint32_t>(in.i32());
  head.entries_crc = static_cast<std::uint32_t>(in.i32());
  const std::int32_t epochs = in.i32();
  for (std::int32_t i = 0; i < epochs && in.ok(); ++i) {
    const std::int32_t epoch = in.i32();
    head.summary.epochs.push_back({epoch, in.i64()});
  }
  head.size = kIndexPrefix + length;
  if (!in.ok() || !in.rest().empty() || (head.entries == 0) != (head.summary.size == 0)) return none;
  if (file_size != head.size + std::uint64_t{head.entries} * kIndexEntrySize) return none;
  return std::optional<IndexHead>(std::move(head));
}

struct OpenIndex {
  std::shared_ptr<File> file;
  std::optional<IndexHead> head;
};

Result<OpenIndex> open_index(FileSystem& files, const std::filesystem::path& path) {
  const Result<bool> there = files.exists(path);
  if (!there) return there.error();
  OpenIndex opened;
  if (!*there) return opened;
  Result<std::shared_ptr<File>> file = files.open(path, FileSystem::Mode::read);
  if (!file) return file.error();
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return size.error();
  Result<std::optional<IndexHead>> head = read_head(**file, *size);
  if (!head) return head.error();
  opened.file = std::move(*file);
  opened.head = std::move(*head);
  return opened;
}

}  // namespace

Result<void> write_index_file(FileSystem& files, const std::filesystem::path& path, const SegmentSummary& summary,
                              const SegmentIndex& index) {
  Result<std::shared_ptr<File>> file = files.open(path, FileSystem::Mode::create);
  if (!file) return file.error();
  const std::string entries = encode_entries(index);
  const std::string head = encode_head(summary, index, entries);
  const std::array<std::string_view, 2> parts{head, entries};
  if (const Result<void> written = (*file)->write_at(0, parts); !written) return written.error();
  return (*file)->truncate(head.size() + entries.size());
}

Result<std::optional<SegmentSummary>> read_index_summary(FileSystem& files, const std::filesystem::path& path) {
  Result<OpenIndex> opened = open_index(files, path);
  if (!opened) return opened.error();
  if (!opened->head) return std::optional<SegmentSummary>();
  return std::optional<SegmentSummary>(std::move(opened->head->summary));
}

Result<std::optional<SegmentIndex>> read_index(FileSystem& files, const std::filesystem::path& path) {
  const Result<OpenIndex> opened = open_index(files, path);
  if (!opened) return opened.error();
  if (!opened->head) return std::optional<SegmentIndex>();
  std::string bytes(std::size_t{opened->head->entries} * kIndexEntrySize, '\0');
  if (const Result<void> got = opened->file->read_at(opened->head->size, bytes); !got) return got.error();
  if (crc32c(bytes) != opened->head->entries_crc) return std::optional<SegmentIndex>();
  wire::Reader in(bytes);
  std::vector<IndexEntry> entries(opened->head->entries);
  for (IndexEntry& entry : entries) {
    entry.offset = static_cast<std::uint32_t>(in.i32());
    entry.position = static_cast<std::uint32_t>(in.i32());
    entry.newest = in.i64();
  }
  return std::optional<SegmentIndex>(SegmentIndex(std::move(entries)));
}

}  // namespace weir::embedded::broker::storage
