// A directory of a test's own, and files in it.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <string_view>

namespace weir::testing {

// Lifetime: the directory and all in it go with it. Executor: any. Cancellation, Errors: none.
class TempFiles {
 public:
  TempFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~TempFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TempFiles(const TempFiles&) = delete;
  TempFiles& operator=(const TempFiles&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return root_ / name; }
  const std::filesystem::path& root() const { return root_; }
  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::trunc) << text;
  }
  // As editors save: a new file takes the place of the old one.
  void replace(const std::string& name, std::string_view text) const {
    write(name + ".new~", text);
    std::filesystem::rename(root_ / (name + ".new~"), root_ / name);
  }
  // A symbolic link that takes the place of what was there, at once.
  void link(const std::string& name, const std::filesystem::path& target) const {
    std::filesystem::create_symlink(target, root_ / (name + ".new~"));
    std::filesystem::rename(root_ / (name + ".new~"), root_ / name);
  }

 private:
  std::filesystem::path root_;
};

}  // namespace weir::testing
