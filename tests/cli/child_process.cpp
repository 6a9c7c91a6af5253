#include "tests/cli/child_process.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::cli::testing {

namespace {

constexpr int kPatienceMs = 30'000;

}  // namespace

ChildProcess::ChildProcess(const std::string& program, std::vector<std::string> arguments,
                           const std::string& directory) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  std::vector<char*> words;
  words.push_back(const_cast<char*>(program.c_str()));
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    // What a shell of the person who runs the tests may say about servers elsewhere is not for these tests.
    for (const char* name : {"KAFKA_BROKERS", "EVENTSTORE_CONNECTION_STRING", "KURRENT_CONNECTION_STRING"})
      ::unsetenv(name);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    if (::chdir(directory.c_str()) == 0) ::execv(program.c_str(), words.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

ChildProcess::~ChildProcess() {
  if (pipe_ >= 0) ::close(pipe_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool ChildProcess::read_some() {
  pollfd ready{pipe_, POLLIN, 0};
  if (::poll(&ready, 1, kPatienceMs) <= 0) return false;
  std::array<char, 4096> block{};
  const ssize_t size = ::read(pipe_, block.data(), block.size());
  if (size <= 0) return false;
  output_.append(block.data(), static_cast<std::size_t>(size));
  return true;
}

bool ChildProcess::wait_for(const std::string& text) {
  while (output_.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

void ChildProcess::hang_up() {
  ::kill(pid_, SIGHUP);
}

void ChildProcess::terminate() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

int ChildProcess::wait() {
  if (pid_ <= 0) return -1;
  while (read_some()) {
  }
  int status = 0;
  // A program that says nothing for so long does not end by itself.
  if (::waitpid(pid_, &status, WNOHANG) == 0) {
    pollfd gone{pipe_, POLLIN, 0};
    if (::poll(&gone, 1, 0) == 0) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ChildProcess::word_after(const std::string& before) const {
  const std::size_t at = output_.find(before);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + before.size();
  return output_.substr(begin, output_.find_first_of(" ,\n", begin) - begin);
}

}  // namespace weir::cli::testing
