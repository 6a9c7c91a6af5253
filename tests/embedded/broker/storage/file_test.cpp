#include "embedded/broker/storage/file.hpp"

#include <climits>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace weir::embedded::broker::storage {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() { EXPECT_TRUE(files->make_directories(folder)); }
  ~FileTest() override { std::filesystem::remove_all(folder); }

  std::shared_ptr<File> create(const std::string& name) {
    const auto file = files->open(folder / name, FileSystem::Mode::create);
    EXPECT_TRUE(file) << file.error().message();
    return *file;
  }
  static std::string read(const File& file, std::uint64_t position, std::size_t size) {
    std::string bytes(size, '?');
    const Result<void> done = file.read_at(position, bytes);
    EXPECT_TRUE(done) << done.error().message();
    return bytes;
  }
  static Result<void> write(File& file, std::uint64_t position, const std::vector<std::string_view>& parts) {
    return file.write_at(position, parts);
  }

  std::unique_ptr<FileSystem> files = make_file_system();
  std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) / ("weir-file-" + std::to_string(::getpid())) / "made" / "deep";
};

TEST_F(FileTest, WritesPartsOneBehindTheOtherAndReadsThemBack) {
  const std::shared_ptr<File> file = create("a");
  ASSERT_TRUE(write(*file, 0, {"one", "", "two"}));
  ASSERT_TRUE(write(*file, 6, {"three"}));
  ASSERT_TRUE(write(*file, 1, {"NE"}));
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(read(*file, 0, 11), "oNEtwothree");
  EXPECT_EQ(read(*file, 4, 3), "wot");
  EXPECT_EQ(*file->size(), 11u);
  EXPECT_EQ(file->path(), folder / "a");
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(*file->size(), 3u);
}

TEST_F(FileTest, TakesMorePartsThanOneSystemCallDoes) {
  const std::shared_ptr<File> file = create("a");
  std::vector<std::string_view> parts(IOV_MAX * 2 + 7, "ab");
  ASSERT_TRUE(file->write_at(5, parts));
  ASSERT_EQ(*file->size(), 5 + parts.size() * 2);
  const std::string bytes = read(*file, 5, parts.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_EQ(bytes[i], i % 2 == 0 ? 'a' : 'b') << i;
}

TEST_F(FileTest, TheEndOfTheFileInsideAReadIsDamage) {
  const std::shared_ptr<File> file = create("a");
  ASSERT_TRUE(write(*file, 0, {"abc"}));
  std::string into(4, ' ');
  const Result<void> done = file->read_at(0, into);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::corrupt);
  EXPECT_NE(done.error().message().find("ends at byte 3"), std::string::npos) << done.error().message();
  EXPECT_NE(done.error().message().find((folder / "a").string()), std::string::npos);
}

TEST_F(FileTest, AMissingFileIsNotFoundAndIsNotMade) {
  for (const auto mode : {FileSystem::Mode::read, FileSystem::Mode::read_write}) {
    const auto file = files->open(folder / "missing", mode);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), Errc::not_found);
  }
  EXPECT_FALSE(*files->exists(folder / "missing"));
}

TEST_F(FileTest, AFileThatIsThereIsKeptByCreate) {
  ASSERT_TRUE(write(*create("a"), 0, {"abc"}));
  EXPECT_EQ(read(*create("a"), 0, 3), "abc");
  const auto reader = files->open(folder / "a", FileSystem::Mode::read);
  ASSERT_TRUE(reader);
  const Result<void> refused = write(**reader, 0, {"x"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::io);
  EXPECT_FALSE(is_disk_full(refused.error()));
}

TEST_F(FileTest, AFullDiskIsToldApart) {
  const auto full = files->open("/dev/full", FileSystem::Mode::read_write);
  ASSERT_TRUE(full) << full.error().message();
  const Result<void> written = write(**full, 0, {"abc"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Errc::io);
  EXPECT_TRUE(is_disk_full(written.error())) << written.error().message();
  EXPECT_TRUE(is_disk_full(written.error().with_context("partition 3 of 'orders'")));
  EXPECT_TRUE(is_disk_full(file_error("cannot write to", "/x", EDQUOT)));
  EXPECT_FALSE(is_disk_full(file_error("cannot write to", "/x", EIO)));
  // A name that looks like the error's own words.
  EXPECT_FALSE(is_disk_full(file_error("cannot write to", "/x: the disk is full; make room on it", EIO)));
}

// fdatasync refuses a pipe, which stands here for a disk that lost what it was given.
TEST_F(FileTest, AFailedSyncIsNeverForgotten) {
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const auto pipe = files->open(folder / "pipe", FileSystem::Mode::read_write);
  ASSERT_TRUE(pipe);
  const Result<void> first = (*pipe)->sync();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code(), Errc::io);
  const Result<void> second = (*pipe)->sync();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message(), first.error().message());
}

TEST_F(FileTest, ListsNamesInOrder) {
  for (const char* name : {"b", "c", "a"}) create(name);
  ASSERT_TRUE(files->make_directories(folder / "aa"));
  EXPECT_EQ(*files->list(folder), (std::vector<std::string>{"a", "aa", "b", "c"}));
  EXPECT_TRUE(files->list(folder / "missing")->empty());
  EXPECT_FALSE(files->list(folder / "a"));
}

TEST_F(FileTest, RenamesAndRemoves) {
  ASSERT_TRUE(write(*create("a"), 0, {"abc"}));
  create("b");
  ASSERT_TRUE(files->rename(folder / "a", folder / "b"));
  EXPECT_TRUE(files->sync_directory(folder));
  EXPECT_EQ(*files->list(folder), std::vector<std::string>{"b"});
  EXPECT_EQ(read(*create("b"), 0, 3), "abc");

  EXPECT_TRUE(files->remove(folder / "b"));
  EXPECT_TRUE(files->remove(folder / "b")) << "what is not there counts as removed";
  ASSERT_TRUE(files->make_directories(folder / "tree" / "leaf"));
  EXPECT_TRUE(files->remove_tree(folder / "tree"));
  EXPECT_TRUE(files->remove_tree(folder / "tree"));
  EXPECT_TRUE(files->list(folder)->empty());

  const Result<void> renamed = files->rename(folder / "a", folder / "b");
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().code(), Errc::not_found);
  EXPECT_FALSE(files->sync_directory(folder / "tree"));
}

// A slow reader keeps what it reads.
TEST_F(FileTest, AnOpenFileOutlivesItsName) {
  const std::shared_ptr<File> file = create("a");
  ASSERT_TRUE(write(*file, 0, {"abc"}));
  ASSERT_TRUE(files->remove(folder / "a"));
  EXPECT_EQ(read(*file, 0, 3), "abc");
  EXPECT_GE(file->native_handle(), 0);
}

TEST_F(FileTest, ReservedRoomDoesNotMoveTheEnd) {
  const std::shared_ptr<File> file = create("a");
  ASSERT_TRUE(write(*file, 0, {"abc"}));
  const Result<void> reserved = file->reserve(64 << 10);
  if (!reserved) GTEST_SKIP() << reserved.error().message();
  EXPECT_EQ(file->size().value(), 3u);
  struct stat status{};
  ASSERT_EQ(::fstat(file->native_handle(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, 64 << 10);
  ASSERT_TRUE(write(*file, 3, {"def"}));
  EXPECT_EQ(read(*file, 0, 6), "abcdef");
}

}  // namespace
}  // namespace weir::embedded::broker::storage
