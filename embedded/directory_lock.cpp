#include "embedded/directory_lock.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace weir::embedded {

namespace {

std::string in_quotes(const std::filesystem::path& path) {
  return "'" + path.string() + "'";
}

// Who holds the lock, as it wrote itself down; for the message only.
std::string read_owner(int file) {
  char text[32] = {};
  const ssize_t size = ::pread(file, text, sizeof text - 1, 0);
  std::string owner(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  std::erase_if(owner, [](char c) { return c < '0' || c > '9'; });
  return owner;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory, std::string_view owner) {
  const std::string server(owner);
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) {
    return Error(Errc::io, "cannot create the data directory " + in_quotes(directory) + " of the " + server + ": " +
                               failure.message() + "; choose another one or fix its permissions");
  }
  const std::filesystem::path lock_path = directory / "lock";
  const int file = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) {
    return Error(Errc::io, "cannot open " + in_quotes(lock_path) + ": " + std::strerror(errno) + "; the " + server +
                               " must be able to write there");
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string holder = read_owner(file);
    ::close(file);
    if (reason != EWOULDBLOCK)
      return Error(Errc::io, "cannot lock " + in_quotes(lock_path) + ": " + std::strerror(reason));
    return Error(Errc::already_exists, "the data directory " + in_quotes(directory) + " is in use by another " +
                                           server + (holder.empty() ? "" : " (process " + holder + ")") +
                                           "; stop that one, or choose another data directory");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) < 0) {
    const int reason = errno;
    ::close(file);
    return Error(Errc::io, "cannot write " + in_quotes(lock_path) + ": " + std::strerror(reason));
  }
  return DirectoryLock(directory, file);
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace weir::embedded
