#include "sinks/file/append_file.hpp"

#include "pipeline/base/log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weir::sinks::file {
namespace {

std::string reason_text(int reason) {
  return std::generic_category().message(reason);
}

// A new name in a folder is durable only when the folder is.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

// Where the last whole line ends, reading back from the end in blocks; negative = the file cannot be read.
std::int64_t end_of_last_line(int descriptor, std::int64_t size) {
  char block[4096];
  std::int64_t end = size;
  while (end > 0) {
    const std::int64_t begin =
        end > static_cast<std::int64_t>(sizeof block) ? end - static_cast<std::int64_t>(sizeof block) : 0;
    const ssize_t got = ::pread(descriptor, block, static_cast<std::size_t>(end - begin), begin);
    if (got != end - begin) return -1;
    for (std::int64_t i = got; i-- > 0;) {
      if (block[i] == '\n') return begin + i + 1;
    }
    end = begin;
  }
  return 0;
}

}  // namespace

long FileSystem::write(int descriptor, const char* bytes, std::size_t size) {
  return ::write(descriptor, bytes, size);
}
int FileSystem::sync(int descriptor) {
  return ::fdatasync(descriptor);
}
int FileSystem::truncate(int descriptor, std::int64_t size) {
  return ::ftruncate(descriptor, size);
}

int FileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return ::rename(from.c_str(), to.c_str());
}

AppendFile::AppendFile(std::filesystem::path path, int descriptor, bool sync, std::unique_ptr<FileSystem> file_system,
                       Rotation rotation)
    : path_(std::move(path)),
      descriptor_(descriptor),
      wanted_sync_(sync),
      wanted_rotation_(rotation),
      sync_(sync),
      rotation_(rotation),
      system_(std::move(file_system)) {
  if (system_ == nullptr) system_ = std::make_unique<FileSystem>();
}

AppendFile::~AppendFile() {
  ::close(descriptor_);
}

Error AppendFile::error(std::string_view what, int reason) const {
  return Error(Errc::io, "the file " + path_.string() + " " + std::string(what) + ": " + reason_text(reason));
}

Result<int> AppendFile::open_descriptor(const std::filesystem::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed)
    return Error(Errc::io, "the folder " + path.parent_path().string() + " cannot be made: " + failed.message());
  const bool is_new = !std::filesystem::exists(path, failed);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
  if (descriptor < 0 && errno == EISDIR)
    return Error(Errc::invalid_argument, path.string() + " is a folder; give the file sink the path of a file");
  if (descriptor < 0) return Error(Errc::io, "the file " + path.string() + " cannot be opened: " + reason_text(errno));
  if (is_new) sync_folder(path.parent_path());
  return descriptor;
}

Result<std::unique_ptr<AppendFile>> AppendFile::open(const std::filesystem::path& path, bool sync,
                                                     std::unique_ptr<FileSystem> file_system, Rotation rotation) {
  const Result<int> descriptor = open_descriptor(path);
  if (!descriptor) return descriptor.error();
  std::unique_ptr<AppendFile> file(new AppendFile(path, *descriptor, sync, std::move(file_system), rotation));
  const Result<Taken> taken = file->lock_and_repair(*descriptor);
  if (!taken) return taken.error();
  file->size_ = taken->size;
  file->repaired_ = taken->repaired;
  return file;
}

bool AppendFile::leads_here() const {
  struct stat named{};
  struct stat open{};
  if (::stat(path_.c_str(), &named) != 0 || ::fstat(descriptor_, &open) != 0) return false;
  return named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

bool AppendFile::has_a_name() const {
  struct stat open{};
  return ::fstat(descriptor_, &open) == 0 && open.st_nlink > 0;
}

// Whatever is in the way now was not there at the start: a person can take it away again. Until it is taken away, the old
// descriptor stays, so that the next append comes here again and writes nowhere else.
Result<void> AppendFile::open_again() {
  const Result<int> descriptor = open_descriptor(path_);
  if (!descriptor) return Error(Errc::io, descriptor.error().message());
  if (leads_here()) {  // it was out of sight only; our own lock would be in the way
    ::close(*descriptor);
    return {};
  }
  const Result<Taken> taken = lock_and_repair(*descriptor);
  if (!taken) {
    ::close(*descriptor);
    return Error(Errc::io, taken.error().message());
  }
  ::close(std::exchange(descriptor_, *descriptor));
  torn_ = false;
  size_ = taken->size;
  return {};
}

Result<AppendFile::Taken> AppendFile::lock_and_repair(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return error("cannot be looked at", errno);
  if (!S_ISREG(status.st_mode))
    return Error(Errc::invalid_argument, path_.string() + " is not a regular file; give the file sink one");
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return error("cannot be locked", errno);
    return Error(Errc::already_exists,
                 "the file " + path_.string() + " is in use by another process; stop it or choose another path");
  }
  const std::int64_t whole = end_of_last_line(descriptor, status.st_size);
  if (whole < 0) return error("cannot be read", errno);
  if (whole == status.st_size) return Taken{whole, 0};
  char first = '\0';
  if (::pread(descriptor, &first, 1, whole) != 1) return error("cannot be read", errno);
  if (first != '{') {
    return Error(Errc::corrupt, "the file " + path_.string() +
                                    " ends in a line that weir did not write; end the line or choose another path");
  }
  if (system_->truncate(descriptor, whole) != 0) return error("ends in a torn line that cannot be cut off", errno);
  return Taken{whole, static_cast<std::size_t>(status.st_size - whole)};
}

// Looked at before, so that the lines go where they are looked for, and after: what was deleted meanwhile is lost.
void AppendFile::use(bool sync, Rotation rotation) {
  const std::lock_guard lock(wanted_mutex_);
  wanted_sync_ = sync;
  wanted_rotation_ = rotation;
}

Result<void> AppendFile::append(std::string_view bytes) {
  {
    const std::lock_guard lock(wanted_mutex_);
    sync_ = wanted_sync_;
    rotation_ = wanted_rotation_;
  }
  do {
    if (!leads_here()) {
      Result<void> opened = open_again();
      if (!opened) return opened;
      log::info("the file was moved away or deleted; a new one was made", {{"path", path_.string()}});
    }
    if (is_full_for(bytes.size())) {
      Result<void> rotated = rotate();
      if (!rotated) return rotated;
    }
    Result<void> appended = append_here(bytes);
    if (!appended) return appended;
  } while (!has_a_name());
  return {};
}

// What comes at once is never parted; one that is larger than a file has a file to itself.
bool AppendFile::is_full_for(std::size_t bytes) const {
  return rotation_.size > 0 && size_ > 0 && !torn_ && static_cast<std::uint64_t>(size_) + bytes > rotation_.size;
}

// The lock stays on what is renamed until the new file is ours: nobody else writes to either of them.
Result<void> AppendFile::rotate() {
  const std::filesystem::path full = next_full_file(path_);
  if (system_->sync(descriptor_) != 0 || system_->rename(path_, full) != 0) {
    if (!std::exchange(grows_on_, true)) {
      log::warn("a file that is full cannot be renamed; it grows on",
                {{"path", path_.string()}, {"to", full.string()}, {"error", reason_text(errno)}});
    }
    return {};
  }
  grows_on_ = false;
  Result<void> opened = open_again();
  if (!opened) return opened;  // the next append comes here for a new file as if it had been moved away
  log::info("a file is full; a new one was begun", {{"path", path_.string()}, {"full", full.string()}});
  if (rotation_.keep == 0) return {};
  for (const std::filesystem::path& oldest : delete_oldest(path_, rotation_.keep))
    log::info("the oldest full file was deleted, as 'keep' says", {{"path", oldest.string()}});
  return {};
}

Result<void> AppendFile::append_here(std::string_view bytes) {
  if (torn_) {
    if (system_->truncate(descriptor_, size_) != 0) return error("ends in a torn line that cannot be cut off", errno);
    torn_ = false;
  }
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const long written = system_->write(descriptor_, rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return take_back(written == 0 ? ENOSPC : errno, "cannot be written");
    }
  }
  // After a failed sync nobody knows what is on the disk, and a
  // second sync would not tell: what was written is taken back.
  if (sync_ && system_->sync(descriptor_) != 0) return take_back(errno, "cannot be synced");
  size_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

Result<void> AppendFile::take_back(int reason, std::string_view what) {
  torn_ = system_->truncate(descriptor_, size_) != 0;
  return error(what, reason);
}

}  // namespace weir::sinks::file
