#include "tests/embedded/broker/storage/fault_file_system.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace weir::embedded::broker::storage {
namespace {

class FaultFileSystemTest : public ::testing::Test {
 protected:
  FaultFileSystemTest() { EXPECT_TRUE(disk.make_directories("/data")); }

  std::shared_ptr<File> create(const std::string& path) { return disk.open(path, FileSystem::Mode::create).value(); }
  static void write(File& file, std::uint64_t position, std::string_view bytes) {
    ASSERT_TRUE(file.write_at(position, std::vector<std::string_view>{bytes}));
  }

  FaultFileSystem disk;
};

TEST_F(FaultFileSystemTest, PowerLossLeavesAnyPartOfWhatWasNotSynced) {
  const std::string first(512, 'a');
  const std::string second(512, 'b');
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    FaultFileSystem other;
    ASSERT_TRUE(other.make_directories("/data"));
    const std::shared_ptr<File> file = other.open("/data/x", FileSystem::Mode::create).value();
    ASSERT_TRUE(other.sync_directory("/data"));
    write(*file, 0, first);
    write(*file, 512, second);
    other.lose_power(seed);
    EXPECT_FALSE(file->sync()) << "a dead process syncs nothing";
    other.restart();
    seen.insert(other.contents("/data/x"));
  }
  EXPECT_TRUE(seen.contains(""));
  EXPECT_TRUE(seen.contains(first));
  EXPECT_TRUE(seen.contains(first + second));
  EXPECT_TRUE(seen.contains(std::string(512, '\0') + second)) << "the later one without the earlier";
  EXPECT_GT(seen.size(), 10u) << "and parts of one";
}

TEST_F(FaultFileSystemTest, AFileWhoseDirectoryWasNotSyncedMayBeGone) {
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultFileSystem other;
    ASSERT_TRUE(other.make_directories("/data"));
    const std::shared_ptr<File> file = other.open("/data/x", FileSystem::Mode::create).value();
    write(*file, 0, "abc");
    ASSERT_TRUE(file->sync());
    other.lose_power(seed);
    other.restart();
    seen.insert(*other.exists("/data/x"));
  }
  EXPECT_EQ(seen, (std::set<bool>{false, true}));
}

TEST_F(FaultFileSystemTest, AKilledProcessLosesNothing) {
  const std::shared_ptr<File> file = create("/data/x");
  write(*file, 0, "abc");
  disk.kill();
  EXPECT_FALSE(disk.exists("/data/x"));
  EXPECT_FALSE(disk.open("/data/x", FileSystem::Mode::create));
  disk.restart();
  EXPECT_EQ(disk.contents("/data/x"), "abc");
  EXPECT_FALSE(file->write_at(0, std::vector<std::string_view>{"x"})) << "the file of a dead process";
}

TEST_F(FaultFileSystemTest, FailsTheNthCallAndWritesHalf) {
  const std::shared_ptr<File> file = create("/data/x");
  disk.fail(FaultFileSystem::Operation::write, 2, ENOSPC);
  write(*file, 0, "ab");
  const Result<void> failed = file->write_at(2, std::vector<std::string_view>{"cdef"});
  ASSERT_FALSE(failed);
  EXPECT_TRUE(is_disk_full(failed.error()));
  EXPECT_EQ(disk.contents("/data/x"), "abcd");
  write(*file, 2, "cd");
  disk.set_capacity(5);
  EXPECT_FALSE(file->write_at(4, std::vector<std::string_view>{"ef"}));
  EXPECT_EQ(disk.contents("/data/x"), "abcde");
}

TEST_F(FaultFileSystemTest, NamesWorkAsOnARealDisk) {
  ASSERT_TRUE(disk.make_directories("/data/t/0"));
  create("/data/b");
  create("/data/t/0/a");
  EXPECT_EQ(*disk.list("/data"), (std::vector<std::string>{"b", "t"}));
  EXPECT_EQ(disk.open("/data/none/a", FileSystem::Mode::create).error().code(), Errc::not_found);
  ASSERT_TRUE(disk.rename("/data/b", "/data/t/0/b"));
  EXPECT_EQ(*disk.list("/data/t/0"), (std::vector<std::string>{"a", "b"}));
  ASSERT_TRUE(disk.remove_tree("/data/t"));
  EXPECT_EQ(*disk.list("/data"), std::vector<std::string>());
  EXPECT_FALSE(*disk.exists("/data/t/0/a"));
}

}  // namespace
}  // namespace weir::embedded::broker::storage
