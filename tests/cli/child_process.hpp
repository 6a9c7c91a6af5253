// A program that runs beside the test: its output as it comes, signals, its exit code.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace weir::cli::testing {

// Lifetime: the destructor ends it with SIGKILL when it still runs. Executor: the test's thread.
class ChildProcess {
 public:
  // Standard output and standard error come together; standard input is empty.
  ChildProcess(const std::string& program, std::vector<std::string> arguments, const std::string& directory);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Reads until `text` has come; false when the output ends, or half a minute passes, without it.
  bool wait_for(const std::string& text);
  void terminate();
  void hang_up();  // SIGHUP
  // Reads to the end, waits for the end: the exit code, or 128 and the signal.
  int wait();
  // All that has been read.
  const std::string& output() const { return output_; }
  // What stands between `before` and the next white space or comma; empty when there is no such thing.
  std::string word_after(const std::string& before) const;

 private:
  bool read_some();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

}  // namespace weir::cli::testing
