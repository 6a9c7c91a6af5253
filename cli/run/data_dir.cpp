#include "cli/run/data_dir.hpp"

#include "pipeline/text/quotes.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::cli {

namespace {

constexpr const char* kAdvice = "; choose another one with --data-dir, or fix its permissions";

// Every missing directory, the last one readable by its owner only. Errno, or 0.
int make_directories(const std::filesystem::path& directory) {
  std::error_code failure;
  if (std::filesystem::is_directory(directory, failure)) return 0;
  const std::filesystem::path parent = directory.parent_path();
  if (!parent.empty() && parent != directory) {
    std::filesystem::create_directories(parent, failure);
    if (failure) return failure.value();
  }
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return errno;
  return std::filesystem::is_directory(directory, failure) ? 0 : ENOTDIR;
}

// Who wrote the lock file; for the message only.
std::string read_owner(int file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(file, text.data(), text.size() - 1, 0);
  std::string owner(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  std::erase_if(owner, [](char c) { return c < '0' || c > '9'; });
  return owner;
}

std::string in_use(const std::filesystem::path& directory, const std::string& pipeline) {
  if (pipeline.empty()) return "the data directory " + text::in_quotes(directory) + " is";
  return "the member id of the pipeline '" + pipeline + "' in the data directory " + text::in_quotes(directory) + " is";
}

}  // namespace

DataNeeds data_needs_of(const Topology& topology) {
  DataNeeds needs;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (!pipeline.enabled) continue;
    if (pipeline.source.description.keeps_data) needs.pipelines.push_back(pipeline.name);
    for (const Use& use : uses_of(pipeline)) {
      const auto connection = topology.connections.find(use.name);
      if (use.what != Use::What::connection || connection == topology.connections.end()) continue;
      needs.servers = needs.servers || connection->second.description.peer.is_embedded;
    }
  }
  return needs;
}

Result<void> DataDirHold::take(const DataNeeds& needs) {
  std::vector<std::string> parts = needs.pipelines;
  if (needs.servers) parts.insert(parts.begin(), std::string());
  std::map<std::string, DataDirLock> taken;
  for (const std::string& part : parts) {
    if (held_.contains(part) || taken.contains(part)) continue;
    Result<DataDirLock> lock = DataDirLock::acquire(directory_, part);
    if (!lock) return lock.error();
    taken.emplace(part, std::move(*lock));
  }
  held_.merge(taken);
  return {};
}

Result<std::filesystem::path> resolve_data_dir(const std::optional<std::filesystem::path>& chosen,
                                               const Environment& environment) {
  if (chosen) {
    if (chosen->empty()) return Error(Errc::invalid_argument, "--data-dir is empty; name a directory");
    return std::filesystem::absolute(*chosen).lexically_normal();
  }
  // The XDG base directory specification: a relative path there is to be ignored.
  const std::filesystem::path state = environment("XDG_STATE_HOME").value_or("");
  if (state.is_absolute()) return state / "weir";
  const std::filesystem::path home = environment("HOME").value_or("");
  if (home.is_absolute()) return home / ".local" / "state" / "weir";
  return Error(Errc::invalid_argument,
               "there is no place for data: neither XDG_STATE_HOME nor HOME is set; name a directory with --data-dir");
}

Result<DataDirLock> DataDirLock::acquire(const std::filesystem::path& given, const std::string& pipeline) {
  // A trailing slash would leave an empty last name.
  const std::filesystem::path directory = given.has_filename() ? given : given.parent_path();
  if (const int reason = make_directories(directory); reason != 0) {
    return Error(Errc::io, "cannot make the data directory " + text::in_quotes(directory) + ": " +
                               std::strerror(reason) + kAdvice);
  }
  const std::filesystem::path lock = directory / (pipeline.empty() ? "weir.lock" : "pipeline-" + pipeline + ".lock");
  const int file = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return Error(Errc::io, "cannot write in the data directory " + text::in_quotes(directory) + ": " +
                               std::strerror(errno) + kAdvice);
  }
  DataDirLock held(directory, file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return Error(Errc::io, "cannot lock " + text::in_quotes(lock) + ": " + std::strerror(errno));
    const std::string owner = read_owner(file);
    return Error(Errc::already_exists,
                 in_use(directory, pipeline) + " in use by another weir" +
                     (owner.empty() ? "" : " (process " + owner + ")") +
                     "; stop that one, or choose another directory with --data-dir" +
                     (pipeline.empty() ? ", or name its broker and store in the connections" : ""));
  }
  const std::string owner = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, owner.data(), owner.size(), 0) < 0) {
    return Error(Errc::io, "cannot write " + text::in_quotes(lock) + ": " + std::strerror(errno));
  }
  return held;
}

DataDirLock::~DataDirLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace weir::cli
