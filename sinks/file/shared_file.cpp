#include "sinks/file/shared_file.hpp"

#include "pipeline/base/log.hpp"
#include "sinks/file/append_file.hpp"

#include <map>
#include <mutex>

namespace weir::sinks::file {
namespace {

// The only state of the process here: an operating system's file is one, whoever names it.
struct OpenFile {
  std::weak_ptr<LineWriter> writer;
  AppendFile* file = nullptr;  // the writer's
};
struct OpenFiles {
  std::mutex mutex;
  std::map<std::filesystem::path, OpenFile> by_path;
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
  std::erase_if(files.by_path, [](const auto& entry) { return entry.second.writer.expired(); });
  if (const auto open = files.by_path.find(name); open != files.by_path.end()) {
    if (std::shared_ptr<LineWriter> writer = open->second.writer.lock()) {
      open->second.file->use(sync, rotation);  // a sink of another configuration, beside the one that it replaces
      return writer;
    }
  }
  Result<std::unique_ptr<AppendFile>> file = AppendFile::open(name, sync, {}, rotation);
  if (!file) return file.error();
  if ((*file)->repaired_bytes() > 0) {
    log::warn("cut off a torn last line, left by a crash",
              {{"path", name.string()}, {"bytes", (*file)->repaired_bytes()}});
  }
  AppendFile* const opened = file->get();
  auto writer = std::make_shared<LineWriter>(std::move(*file), blocking);
  files.by_path[name] = {writer, opened};
  return writer;
}

}  // namespace weir::sinks::file
