#include "embedded/broker/storage/file.hpp"

#include <climits>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace weir::embedded::broker::storage {
namespace {

// How every error of a full disk ends; contexts go in front of a message, and a path cannot stand behind this.
constexpr std::string_view kDiskFull = ": the disk is full; make room on it";

// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public File {
 public:
  PosixFile(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<void> read_at(std::uint64_t position, std::span<char> into) const override;
  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> parts) override;
  Result<void> sync() override;
  Result<void> truncate(std::uint64_t size) override;
  Result<void> reserve(std::uint64_t size) override;
  Result<std::uint64_t> size() const override;
  int native_handle() const override { return descriptor_; }
  const std::filesystem::path& path() const override { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_;
  std::mutex syncing_;    // the kernel tells a failure once, to one caller; the next one has to see what it got
  int sync_failure_ = 0;  // errno of the first failed sync
};

Result<void> PosixFile::read_at(std::uint64_t position, std::span<char> into) const {
  while (!into.empty()) {
    const ssize_t got =
        uninterrupted([&] { return ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(position)); });
    if (got < 0) return file_error("cannot read", path_, errno);
    if (got == 0) {
      return Error(Errc::corrupt, "'" + path_.string() + "' ends at byte " + std::to_string(position) + ", where " +
                                      std::to_string(into.size()) + " more bytes should stand");
    }
    position += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<void> PosixFile::write_at(std::uint64_t position, std::span<const std::string_view> parts) {
  std::vector<iovec> left;
  left.reserve(parts.size());
  for (const std::string_view part : parts) {
    if (!part.empty()) left.push_back({const_cast<char*>(part.data()), part.size()});
  }
  for (std::size_t first = 0; first < left.size();) {
    const int count = static_cast<int>(std::min<std::size_t>(left.size() - first, IOV_MAX));
    const ssize_t written =
        uninterrupted([&] { return ::pwritev(descriptor_, left.data() + first, count, static_cast<off_t>(position)); });
    if (written <= 0) return file_error("cannot write to", path_, written < 0 ? errno : EIO);
    position += static_cast<std::uint64_t>(written);
    // A short write: go on behind what was taken.
    std::size_t taken = static_cast<std::size_t>(written);
    while (first < left.size() && taken >= left[first].iov_len) taken -= left[first++].iov_len;
    if (first < left.size()) {
      left[first].iov_base = static_cast<char*>(left[first].iov_base) + taken;
      left[first].iov_len -= taken;
    }
  }
  return {};
}

Result<void> PosixFile::sync() {
  const std::lock_guard lock(syncing_);
  if (sync_failure_ == 0 && uninterrupted([&] { return ::fdatasync(descriptor_); }) != 0) sync_failure_ = errno;
  if (sync_failure_ != 0) return file_error("cannot sync", path_, sync_failure_);
  return {};
}

Result<void> PosixFile::truncate(std::uint64_t size) {
  if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size)); }) == 0) return {};
  return file_error("cannot cut", path_, errno);
}

Result<void> PosixFile::reserve(std::uint64_t size) {
  // Not posix_fallocate: where the file system cannot do it, that one writes zeros.
  const auto length = static_cast<off_t>(size);
  if (uninterrupted([&] { return ::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, length); }) == 0) return {};
  return file_error("cannot reserve room for", path_, errno);
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return file_error("cannot look at", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::shared_ptr<File>> open(const std::filesystem::path& path, Mode mode) override;
  Result<bool> exists(const std::filesystem::path& path) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) override;
  Result<void> make_directories(const std::filesystem::path& directory) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> remove(const std::filesystem::path& file) override;
  Result<void> remove_tree(const std::filesystem::path& directory) override;
  Result<void> sync_directory(const std::filesystem::path& directory) override;
};

Result<std::shared_ptr<File>> PosixFileSystem::open(const std::filesystem::path& path, Mode mode) {
  const int flags = mode == Mode::read ? O_RDONLY : mode == Mode::read_write ? O_RDWR : O_RDWR | O_CREAT;
  const int descriptor = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0640); });
  if (descriptor < 0) return file_error("cannot open", path, errno);
  std::shared_ptr<File> file = std::make_shared<PosixFile>(path, descriptor);
  return file;
}

Result<bool> PosixFileSystem::exists(const std::filesystem::path& path) {
  std::error_code failed;
  const bool there = std::filesystem::exists(path, failed);
  if (failed) return file_error("cannot look at", path, failed.value());
  return there;
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  std::filesystem::directory_iterator each(directory, failed);
  if (failed == std::errc::no_such_file_or_directory) return names;
  for (const std::filesystem::directory_iterator end; !failed && each != end; each.increment(failed)) {
    names.push_back(each->path().filename().string());
  }
  if (failed) return file_error("cannot list", directory, failed.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> PosixFileSystem::make_directories(const std::filesystem::path& directory) {
  const Result<bool> there = exists(directory);
  if (!there) return there.error();
  if (*there) return {};
  const std::filesystem::path above = directory.parent_path();
  if (!above.empty() && above != directory) {
    if (const Result<void> made = make_directories(above); !made) return made;
  }
  std::error_code failed;
  std::filesystem::create_directory(directory, failed);
  if (failed) return file_error("cannot make the directory", directory, failed.value());
  return sync_directory(above);
}

Result<void> PosixFileSystem::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (failed) return file_error("cannot rename", from, failed.value()).with_context("to '" + to.string() + "'");
  return {};
}

Result<void> PosixFileSystem::remove(const std::filesystem::path& file) {
  std::error_code failed;
  std::filesystem::remove(file, failed);
  if (failed) return file_error("cannot remove", file, failed.value());
  return {};
}

Result<void> PosixFileSystem::remove_tree(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::remove_all(directory, failed);
  if (failed) return file_error("cannot remove", directory, failed.value());
  return {};
}

Result<void> PosixFileSystem::sync_directory(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory.empty() ? "." : directory;
  const int descriptor = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return file_error("cannot open the directory", path, errno);
  const int reason = uninterrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
  ::close(descriptor);
  if (reason != 0) return file_error("cannot sync the directory", path, reason);
  return {};
}

}  // namespace

Error file_error(std::string_view attempt, const std::filesystem::path& path, int reason) {
  std::string text = std::string(attempt) + " '" + path.string() + "'";
  if (reason == ENOSPC || reason == EDQUOT) return Error(Errc::io, text.append(kDiskFull));
  if (reason == EMFILE || reason == ENFILE) {
    return Error(Errc::unavailable, text + ": too many files are open; raise the limit (ulimit -n)");
  }
  const Errc code = reason == ENOENT ? Errc::not_found : Errc::io;
  return Error(code, text + ": " + std::generic_category().message(reason));
}

bool is_disk_full(const Error& error) {
  return error.code() == Errc::io && error.message().ends_with(kDiskFull);
}

bool is_out_of_descriptors(const Error& error) {
  return error.code() == Errc::unavailable;
}

std::unique_ptr<FileSystem> make_file_system() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace weir::embedded::broker::storage
