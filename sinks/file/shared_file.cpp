#include "sinks/file/shared_file.hpp"

#include "pipeline/base/log.hpp"
#include "sinks/file/append_file.hpp"

#include <map>
#include <mutex>

namespace weir::sinks::file {
namespace {

// The only state of the process here: an operating system's file is one, whoever names it.
struct OpenFiles {
  std::mutex mutex;
  std::map<std::filesystem::path, std::weak_ptr<LineWriter>> writers;
};

OpenFiles& open_files() {
  static OpenFiles files;
  return files;
}

}  // namespace

Result<std::shared_ptr<LineWriter>> open_shared_file(const std::filesystem::path& path, bool sync, Blocking& blocking,
                                                     Rotation rotation) {
  std::error_code ignored;
  std::filesystem::path name = std::filesystem::weakly_canonical(path, ignored);
  if (ignored) name = std::filesystem::absolute(path, ignored);
  OpenFiles& files = open_files();
  const std::lock_guard lock(files.mutex);
  std::erase_if(files.writers, [](const auto& entry) { return entry.second.expired(); });
  if (const auto open = files.writers.find(name); open != files.writers.end()) {
    if (std::shared_ptr<LineWriter> writer = open->second.lock()) return writer;
  }
  Result<std::unique_ptr<AppendFile>> file = AppendFile::open(name, sync, {}, rotation);
  if (!file) return file.error();
  if ((*file)->repaired_bytes() > 0) {
    log::warn("cut off a torn last line, left by a crash",
              {{"path", name.string()}, {"bytes", (*file)->repaired_bytes()}});
  }
  auto writer = std::make_shared<LineWriter>(std::move(*file), blocking);
  files.writers[name] = writer;
  return writer;
}

}  // namespace weir::sinks::file
