// DirectoryRenames: a FaultFileSystem that can also rename directories, as the deletion of a topic does.
#pragma once

#include "tests/embedded/broker/storage/fault_file_system.hpp"

namespace weir::embedded::broker::topics {

// A renamed directory has its new name on disk at once; a test
// that wants the rename lost takes it back after the crash.
//
// Lifetime: that of the disk. Executor: the test's. Cancellation: none. Errors: those of the disk.
class DirectoryRenames final : public storage::FileSystem {
 public:
  explicit DirectoryRenames(storage::FaultFileSystem& disk) : disk_(disk) {}

  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const Result<std::vector<std::string>> names = disk_.list(from);
    Result<void> renamed = disk_.rename(from, to);  // a file, or the failure that was asked for
    if (renamed || !names || names->empty() || renamed.error().message().find("No such file") == std::string::npos) {
      return renamed;
    }
    copy(from, to);
    return disk_.remove_tree(from);
  }

  Result<std::shared_ptr<storage::File>> open(const std::filesystem::path& path, Mode mode) override {
    return disk_.open(path, mode);
  }
  Result<bool> exists(const std::filesystem::path& path) override { return disk_.exists(path); }
  Result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    return disk_.list(directory);
  }
  Result<void> make_directories(const std::filesystem::path& directory) override {
    return disk_.make_directories(directory);
  }
  Result<void> remove(const std::filesystem::path& file) override { return disk_.remove(file); }
  Result<void> remove_tree(const std::filesystem::path& directory) override { return disk_.remove_tree(directory); }
  Result<void> sync_directory(const std::filesystem::path& directory) override {
    return disk_.sync_directory(directory);
  }

 private:
  void copy(const std::filesystem::path& from, const std::filesystem::path& to) {
    static_cast<void>(disk_.make_directories(to));
    const std::vector<std::string> names = disk_.list(from).value();
    for (const std::string& name : names) {
      // Only a file can be opened.
      if (disk_.open(from / name, Mode::read)) {
        disk_.put(to / name, disk_.contents(from / name));
      } else {
        copy(from / name, to / name);
      }
    }
  }

  storage::FaultFileSystem& disk_;
};

}  // namespace weir::embedded::broker::topics
