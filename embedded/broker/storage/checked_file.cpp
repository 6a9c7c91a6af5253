#include "embedded/broker/storage/checked_file.hpp"

#include "embedded/broker/storage/crc32c.hpp"
#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

#include <array>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::int32_t kCheckedMagic = 0x57656972;  // "Weir"
constexpr std::size_t kCheckedHeader = 12;          // magic, length, checksum
constexpr std::uint64_t kMostPayload = std::uint64_t{256} << 20;

}  // namespace

Result<void> write_checked(FileSystem& files, const std::filesystem::path& path, std::string_view payload) {
  const Result<std::shared_ptr<File>> file = files.open(path, FileSystem::Mode::create);
  if (!file) return file.error();
  wire::Writer header;
  header.i32(kCheckedMagic);
  header.i32(static_cast<std::int32_t>(payload.size()));
  header.i32(static_cast<std::int32_t>(crc32c(payload)));
  const std::string head = std::move(header).take();
  const std::array<std::string_view, 2> parts{head, payload};
  if (const Result<void> written = (*file)->write_at(0, parts); !written) return written;
  return (*file)->truncate(kCheckedHeader + payload.size());
}

Result<std::optional<std::string>> read_checked(FileSystem& files, const std::filesystem::path& path) {
  const Result<bool> there = files.exists(path);
  if (!there) return there.error();
  if (!*there) return std::optional<std::string>();
  const Result<std::shared_ptr<File>> file = files.open(path, FileSystem::Mode::read);
  if (!file) return file.error();
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return size.error();
  if (*size < kCheckedHeader || *size > kCheckedHeader + kMostPayload) return std::optional<std::string>();
  std::string bytes(*size, '\0');
  if (const Result<void> got = (*file)->read_at(0, bytes); !got) return got.error();
  wire::Reader header(bytes);
  const std::int32_t magic = header.i32();
  const auto length = static_cast<std::uint32_t>(header.i32());
  const auto crc = static_cast<std::uint32_t>(header.i32());
  if (magic != kCheckedMagic || length != *size - kCheckedHeader || crc != crc32c(header.rest())) {
    return std::optional<std::string>();
  }
  return std::optional<std::string>(bytes.substr(kCheckedHeader));
}

}  // namespace weir::embedded::broker::storage
