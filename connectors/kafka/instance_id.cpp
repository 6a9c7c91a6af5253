#include "connectors/kafka/instance_id.hpp"

#include "pipeline/base/uuid.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace weir::connectors::kafka {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestId = 249;  // as Kafka limits it

// Any pipeline name as a file name: what is not a letter, digit, '-' or '_' becomes %XX.
std::string file_name_for(std::string_view pipeline) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string name;
  for (const unsigned char c : pipeline) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (plain) {
      name.push_back(static_cast<char>(c));
    } else {
      name.append({'%', kHex[c >> 4], kHex[c & 15]});
    }
  }
  return name + ".instance-id";
}

bool is_legal(std::string_view id) {
  if (id.empty() || id.size() > kLongestId) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
         std::string_view::npos;
}

Error io_error(const fs::path& file, const std::string& what, int code) {
  return Error(Errc::io, file.string() + ": " + what + ": " + std::system_category().message(code));
}

// No value: there is no such file.
Result<std::optional<std::string>> read_id(const fs::path& file) {
  std::ifstream in(file);
  if (!in) {
    if (errno == ENOENT) return std::optional<std::string>();
    return io_error(file, "the stored instance id cannot be read", errno);
  }
  std::string id;
  std::getline(in, id);
  if (!is_legal(id)) {
    return Error(Errc::corrupt,
                 file.string() +
                     " does not hold an instance id; delete it, and a new one is made (the group then waits for "
                     "the old member's session to end)");
  }
  return std::optional<std::string>(std::move(id));
}

// Writes and syncs; the name appears only with the whole content, and never replaces another's.
Result<void> write_id(const fs::path& file, const std::string& id) {
  const fs::path draft = file.string() + "." + Uuid::random().str();
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return io_error(draft, "cannot be made", errno);
  const std::string line = id + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  const int write_errno = errno;
  ::close(fd);
  const bool linked = written && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int link_errno = errno;
  ::unlink(draft.c_str());
  if (!written) return io_error(file, "cannot be written", write_errno);
  if (!linked) return io_error(file, "cannot be made", link_errno);
  const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return Result<void>();
}

}  // namespace

Result<std::string> stable_instance_id(const fs::path& data_dir, std::string_view pipeline) {
  const fs::path file = data_dir / "kafka" / file_name_for(pipeline);
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) return io_error(file.parent_path(), "cannot be made", failed.value());
  Result<std::optional<std::string>> stored = read_id(file);
  if (stored.has_error()) return stored.error();
  if (stored->has_value()) return std::move(**stored);
  Result<void> written = write_id(file, "weir-" + Uuid::random().str());
  if (written.has_error()) return written.error();
  stored = read_id(file);  // ours, or that of a process that was faster
  if (stored.has_error()) return stored.error();
  if (!stored->has_value()) return Error(Errc::io, file.string() + " vanished while it was made");
  return std::move(**stored);
}

}  // namespace weir::connectors::kafka
