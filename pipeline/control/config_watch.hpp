// ConfigWatch: says when the files of a configuration have changed.
#pragma once

#include "pipeline/base/blocking.hpp"
#include "pipeline/base/clock.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace weir {

// Hears from the kernel (inotify) that something happened where the files are, and then looks at them: what it tells is
// what has become of the files, not what happened on the way. So it does not matter how an editor saves, or how a mounted
// ConfigMap is swapped; a file that is touched by nobody tells nothing; one that is away for a moment is waited for.
// Without inotify it looks every few seconds, and says so.
//
// Lifetime: changed() has ended before it is destroyed; clock and blocking outlive it.
// Executor: control. Cancellation: terminal, of changed(). Errors: none; what cannot be watched is looked at.
class ConfigWatch {
 public:
  static constexpr Duration kRest = std::chrono::milliseconds(100);  // files that do not change for so long are at rest
  static constexpr Duration kLookEvery = std::chrono::seconds(2);    // without inotify

  enum class Means { inotify, looking };
  struct Parts {
    Clock& clock;
    Blocking& blocking;
    Executor control;
    std::vector<std::filesystem::path> files;  // as the command line names them
    std::string look;                          // look_of_files() from before they were read
  };
  explicit ConfigWatch(Parts parts, Means means = Means::inotify);
  ~ConfigWatch();
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;

  // Returns when the files are others than at its last return (at first: than `look`), and at rest. One call at a time.
  Task<void> changed();

  // Readable when the kernel has something to tell; -1 without inotify. For tests.
  int descriptor() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
