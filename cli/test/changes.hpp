// Changes: whether files are still what they were.
#pragma once

#include "testkit/case/test_files.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace weir::cli {

// Looks at times, sizes and what lies beside: cheap for the few files that tests stand in, the same on every file system,
// and content with editors that put another file in the place of the old one.
//
// Lifetime: a plain value. Executor: any. Cancellation: none. Errors: what cannot be looked at counts as gone.
class Changes {
 public:
  // `given`: what the command line says; files that come into directories among them are changes, too.
  Changes(const testkit::TestFiles& files, const std::vector<std::filesystem::path>& given);
  // Whether anything differs from when this was made.
  bool any() const;

 private:
  struct State {
    std::filesystem::file_time_type time{};
    std::uintmax_t size = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  using States = std::map<std::filesystem::path, std::optional<State>>;
  static std::optional<State> look_at(const std::filesystem::path& file);
  static States look_into(const std::vector<std::filesystem::path>& directories);

  std::vector<std::filesystem::path> directories_;
  States files_;
  States inside_;
};

}  // namespace weir::cli
