#include "cli/terminal/interruptible_input.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <istream>
#include <string>
#include <unistd.h>

namespace weir::cli {
namespace {

class InterruptibleInputTest : public ::testing::Test {
 protected:
  InterruptibleInputTest() { EXPECT_EQ(::pipe2(pipe_.data(), O_CLOEXEC), 0); }
  ~InterruptibleInputTest() override {
    ::close(pipe_[0]);
    close_writer();
  }
  void write(const std::string& text) { EXPECT_EQ(::write(pipe_[1], text.data(), text.size()), std::ssize(text)); }
  void close_writer() {
    if (pipe_[1] >= 0) ::close(pipe_[1]);
    pipe_[1] = -1;
  }

  ProcessSignals signals_;
  std::array<int, 2> pipe_{-1, -1};
};

TEST_F(InterruptibleInputTest, ReadsToTheEnd) {
  write("one\ntwo");
  close_writer();
  InterruptibleInput input(pipe_[0], signals_);
  std::istream in(&input);
  std::string line;
  EXPECT_TRUE(std::getline(in, line));
  EXPECT_EQ(line, "one");
  EXPECT_TRUE(std::getline(in, line));
  EXPECT_EQ(line, "two");
  EXPECT_FALSE(std::getline(in, line));
  EXPECT_FALSE(input.interrupted());
  EXPECT_EQ(input.failed(), 0);
}

TEST_F(InterruptibleInputTest, ASignalEndsItThoughTheWriterIsStillThere) {
  write("one\n");
  InterruptibleInput input(pipe_[0], signals_);
  std::istream in(&input);
  std::string line;
  EXPECT_TRUE(std::getline(in, line));
  ::raise(SIGINT);
  EXPECT_FALSE(std::getline(in, line));
  EXPECT_TRUE(input.interrupted());
  EXPECT_EQ(input.failed(), 0);
}

TEST_F(InterruptibleInputTest, ReloadIsNoReasonToStop) {
  ::raise(SIGHUP);
  write("one\n");
  InterruptibleInput input(pipe_[0], signals_);
  std::istream in(&input);
  std::string line;
  EXPECT_TRUE(std::getline(in, line));
}

TEST_F(InterruptibleInputTest, WhatCannotBeReadIsAFailure) {
  const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  InterruptibleInput input(folder, signals_);
  std::istream in(&input);
  std::string line;
  EXPECT_FALSE(std::getline(in, line));
  EXPECT_EQ(input.failed(), EISDIR);
  ::close(folder);
}

}  // namespace
}  // namespace weir::cli
