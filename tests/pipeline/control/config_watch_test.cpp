// A change of the files is told once, when they are at rest; however it was made.
#include "pipeline/control/config_watch.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/control/steady_load.hpp"
#include "pipeline/control/watched_places.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "tests/pipeline/control/temp_files.hpp"

#include <gmock/gmock.h>

#include <poll.h>

namespace weir::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;

class ConfigWatchTest : public VirtualTimeTest {
 protected:
  ConfigWatchTest() {
    log::redirect([this](std::string_view line) { log_lines_.emplace_back(line); });
  }
  ~ConfigWatchTest() override { log::redirect({}); }

  void watch(std::vector<std::filesystem::path> files, ConfigWatch::Means means = ConfigWatch::Means::inotify) {
    std::string look = look_of_files(files);
    watch_ = std::make_unique<ConfigWatch>(ConfigWatch::Parts{.clock = clock(),
                                                              .blocking = blocking_,
                                                              .control = executor(),
                                                              .files = std::move(files),
                                                              .look = std::move(look)},
                                           means);
    spawn("watch", count_changes());
    advance(1s);
    EXPECT_EQ(told_, 0);
  }
  void TearDown() override {
    stop_tasks();
    VirtualTimeTest::TearDown();
  }
  // The kernel has something to tell; it does so at once.
  bool heard() const {
    pollfd waiting{.fd = watch_->descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) == 1;
  }
  // How often it tells of a change until all is quiet.
  int told() {
    advance(5s);
    return std::exchange(told_, 0);
  }
  Task<void> count_changes() {
    for (const int more = 1;; told_ += more) co_await watch_->changed();
  }

  TempFiles files_;
  InlineBlocking blocking_;
  std::vector<std::string> log_lines_;
  std::unique_ptr<ConfigWatch> watch_;
  int told_ = 0;
};

TEST_F(ConfigWatchTest, AFileThatIsWrittenIsTold) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"});
  files_.write("p.yaml", "b");
  EXPECT_TRUE(heard());
  EXPECT_EQ(told(), 1);
  files_.write("p.yaml", "c");
  EXPECT_EQ(told(), 1) << "and the next time, too";
}

TEST_F(ConfigWatchTest, ItIsToldWhenTheFilesAreAtRest) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"});
  for (int i = 0; i < 5; ++i) {
    files_.write("p.yaml", std::string(static_cast<std::size_t>(i) + 2, 'b'));
    advance(60ms);
    EXPECT_EQ(told_, 0) << i;
  }
  advance(200ms);
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(told(), 1) << "all of it as one change";
}

TEST_F(ConfigWatchTest, AnEditorThatRenamesIsTold) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"});
  for (int i = 0; i < 3; ++i) {
    files_.replace("p.yaml", "b" + std::to_string(i));
    EXPECT_EQ(told(), 1) << i;
  }
}

TEST_F(ConfigWatchTest, AFileThatIsAwayForAMomentIsWaitedFor) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"});
  std::filesystem::rename(files_ / "p.yaml", files_ / "p.yaml~");
  advance(500ms);
  EXPECT_EQ(told_, 0);
  files_.write("p.yaml", "b");
  EXPECT_EQ(told(), 1);
}

TEST_F(ConfigWatchTest, AFileThatStaysAwayIsToldAndItsReturnAsWell) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"});
  std::filesystem::remove(files_ / "p.yaml");
  EXPECT_EQ(told(), 1);
  files_.write("p.yaml", "b");
  EXPECT_EQ(told(), 1);
}

TEST_F(ConfigWatchTest, AMountedConfigMapIsSwapped) {
  files_.write("mount/..one/p.yaml", "a");
  files_.link("mount/..data", "..one");
  files_.link("mount/p.yaml", "..data/p.yaml");
  watch({files_ / "mount/p.yaml"});
  for (int i = 0; i < 3; ++i) {
    const std::string next = "..next" + std::to_string(i);
    files_.write("mount/" + next + "/p.yaml", "b");
    files_.link("mount/..data", next);
    EXPECT_EQ(told(), 1) << i;
  }
}

TEST_F(ConfigWatchTest, ALinkOnTheWayIsSwapped) {
  files_.write("v1/conf/p.yaml", "a");
  files_.write("v2/conf/p.yaml", "b");
  files_.link("current", files_ / "v1");
  watch({files_ / "current/conf"});
  files_.link("current", files_ / "v2");
  EXPECT_EQ(told(), 1);
  files_.write("v2/conf/p.yaml", "c");
  EXPECT_EQ(told(), 1) << "where the link leads now";
  files_.write("v1/conf/p.yaml", "d");
  EXPECT_FALSE(heard()) << "nobody looks there any more";
}

TEST_F(ConfigWatchTest, OfADirectoryEveryYamlFileCounts) {
  files_.write("conf/a.yaml", "a");
  watch({files_ / "conf"});
  files_.write("conf/b.yaml", "b");
  EXPECT_EQ(told(), 1) << "added";
  files_.write("conf/b.yaml", "c");
  EXPECT_EQ(told(), 1) << "changed";
  std::filesystem::remove(files_ / "conf/b.yaml");
  EXPECT_EQ(told(), 1) << "removed";
  files_.write("conf/notes.txt", "c");
  files_.write("conf/.a.yaml.swp", "c");
  EXPECT_EQ(told(), 0) << "not ours";
  std::filesystem::rename(files_ / "conf", files_ / "conf.old");
  files_.write("conf/z.yaml", "z");
  EXPECT_EQ(told(), 1) << "the whole directory, replaced";
}

TEST_F(ConfigWatchTest, WhatHappensBesideTheFileIsNothing) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"});
  for (int i = 0; i < 100; ++i) files_.write("log" + std::to_string(i), "x");
  EXPECT_TRUE(heard());
  EXPECT_EQ(told(), 0);
}

TEST_F(ConfigWatchTest, WhatChangedBeforeItBeganIsTold) {
  files_.write("p.yaml", "a");
  const std::string look = look_of_files({files_ / "p.yaml"});
  files_.write("p.yaml", "bb");
  watch_ = std::make_unique<ConfigWatch>(ConfigWatch::Parts{
      .clock = clock(), .blocking = blocking_, .control = executor(), .files = {files_ / "p.yaml"}, .look = look});
  spawn("watch", count_changes());
  EXPECT_EQ(told(), 1);
}

TEST_F(ConfigWatchTest, WithoutInotifyItLooksEveryFewSeconds) {
  files_.write("p.yaml", "a");
  watch({files_ / "p.yaml"}, ConfigWatch::Means::looking);
  EXPECT_EQ(watch_->descriptor(), -1);
  files_.write("p.yaml", "bb");
  EXPECT_EQ(told(), 1);
}

TEST_F(ConfigWatchTest, LinksThatLeadNowhereEnd) {
  files_.link("a.yaml", "b.yaml");
  files_.link("b.yaml", "a.yaml");
  EXPECT_THAT(places_to_watch({files_ / "a.yaml", files_ / "missing/deep/p.yaml", ""}),
              Contains(Key(std::filesystem::canonical(files_.root()))));
}

}  // namespace
}  // namespace weir::testing
