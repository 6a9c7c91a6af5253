#include "embedded/broker/identity.hpp"

#include "embedded/broker/storage/slot_file.hpp"
#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"
#include "pipeline/base/uuid.hpp"

namespace weir::embedded::broker {

namespace {

using storage::File;
using storage::FileSystem;
using storage::SlotFile;

constexpr std::string_view kHead = "weir-broker 1\n";
constexpr std::string_view kClusterId = "cluster_id ";
constexpr std::uint64_t kMaxBytes = 4096;

// 128 random bits in base64url without padding, as Kafka makes cluster ids.
std::string make_cluster_id() {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::array<unsigned char, 16> bytes = Uuid::random().bytes();
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 6; count -= 6) text.push_back(kDigits[bits >> (count - 6) & 63]);
  }
  text.push_back(kDigits[bits << (6 - count) & 63]);
  return text;
}

// The rest of the line that begins so; nothing when there is none.
std::optional<std::string_view> line_of(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(std::string("\n").append(name));
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + 1 + name.size());
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

Error damaged(const std::filesystem::path& path) {
  return Error(Errc::corrupt, "'" + path.string() +
                                  "' is damaged or not of a weir broker; restore it from a backup, or start with "
                                  "another data directory");
}

Result<std::string> read_cluster_id(FileSystem& files, const std::filesystem::path& path) {
  Result<std::shared_ptr<File>> file = files.open(path, FileSystem::Mode::read);
  if (!file) return file.error();
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return size.error();
  std::string text(std::min(*size, kMaxBytes), '\0');
  if (const Result<void> read = (*file)->read_at(0, text); !read) return read.error();
  const std::optional<std::string_view> id = text.starts_with(kHead) ? line_of(text, kClusterId) : std::nullopt;
  if (!id || id->empty()) return damaged(path);
  return std::string(*id);
}

Result<std::int32_t> read_epoch(SlotFile& file) {
  const Result<std::optional<std::string>> stored = file.read();
  if (!stored) return stored.error();
  if (!*stored) return damaged(file.path());
  wire::Reader in(**stored);
  return in.i32();
}

// In place: a start has to succeed on a full disk, too.
Result<void> write_epoch(SlotFile& file, std::int32_t epoch) {
  wire::Writer out;
  out.i32(epoch);
  return file.write_durably(std::move(out).take());
}

// Either the old file or the new one is there after a crash.
Result<void> write_aside(FileSystem& files, const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path aside = path.string() + ".new";
  Result<std::shared_ptr<File>> file = files.open(aside, FileSystem::Mode::create);
  if (!file) return file.error();
  Result<void> done = (*file)->truncate(0);
  const std::string_view parts[] = {text};
  if (done) done = (*file)->write_at(0, parts);
  if (done) done = (*file)->sync();
  if (done) done = files.rename(aside, path);
  if (done) done = files.sync_directory(path.parent_path());
  return done;
}

}  // namespace

Result<Identity> open_identity(FileSystem& files, const std::filesystem::path& data_dir, bool repair) {
  const std::filesystem::path meta = data_dir / "meta";
  const std::filesystem::path path = meta / "broker";
  const std::filesystem::path stopped = meta / "stopped";
  if (const Result<void> made = files.make_directories(meta); !made) return made.error();
  const Result<bool> known = files.exists(path);
  if (!known) return known.error();
  const Result<bool> in_order = files.exists(stopped);
  if (!in_order) return in_order.error();

  SlotFile epoch_file(files, meta / "leader-epoch", sizeof(std::int32_t));
  Identity identity;
  identity.clean = !*known || (*in_order && !repair);
  if (*known) {
    Result<std::string> id = read_cluster_id(files, path);
    if (!id) return id.error();
    const Result<std::int32_t> epoch = read_epoch(epoch_file);
    if (!epoch) return epoch.error();
    identity.cluster_id = std::move(*id);
    identity.leader_epoch = *epoch;
  } else {
    identity.cluster_id = make_cluster_id();
  }
  if (!identity.clean) ++identity.leader_epoch;
  if (!*known || !identity.clean) {
    if (const Result<void> written = write_epoch(epoch_file, identity.leader_epoch); !written) return written.error();
  }
  if (!*known) {
    // Last: with this file the directory is a broker's.
    const std::string text = std::string(kHead).append(kClusterId).append(identity.cluster_id).append("\n");
    if (const Result<void> written = write_aside(files, path, text); !written) return written.error();
  }
  if (*in_order) {
    if (const Result<void> removed = files.remove(stopped); !removed) return removed.error();
    if (const Result<void> synced = files.sync_directory(meta); !synced) return synced.error();
  }
  return identity;
}

Result<void> mark_stopped(FileSystem& files, const std::filesystem::path& data_dir) {
  const std::filesystem::path meta = data_dir / "meta";
  Result<std::shared_ptr<File>> file = files.open(meta / "stopped", FileSystem::Mode::create);
  if (!file) return file.error();
  if (const Result<void> synced = (*file)->sync(); !synced) return synced.error();
  return files.sync_directory(meta);
}

}  // namespace weir::embedded::broker
