#include "sinks/file/file.hpp"

#include "sinks/file/append_file.hpp"
#include "sinks/file/shared_file.hpp"
#include "tests/sinks/kit.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::sinks::file {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::SinkTest {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "weir-file-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "sub" / "out.jsonl";
  }
  ~FileTest() override { fs::remove_all(folder_); }

  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  void put(std::string_view text) const {
    fs::create_directories(path_.parent_path());
    std::ofstream(path_, std::ios::binary) << text;
  }
  std::unique_ptr<Sink> make(bool expect_open = true) {
    std::unique_ptr<Sink> sink = make_file_sink({"sub/out.jsonl", true}, build_context(folder_));
    EXPECT_EQ(run(sink->open()).has_value(), expect_open);
    return sink;
  }
  static std::string line(std::uint64_t offset, const std::string& payload) {
    return "{\"topic\":\"orders\",\"partition\":3,\"offset\":" + std::to_string(offset) +
           ",\"timestamp\":1738232130123,\"key\":null,\"headers\":[],\"payload\":\"" + payload + "\"}\n";
  }

  fs::path folder_;
  fs::path path_;
};

TEST_F(FileTest, AppendsLinesAcrossRestarts) {
  for (std::uint64_t round = 0; round < 2; ++round) {
    const std::unique_ptr<Sink> sink = make();
    ASSERT_TRUE(write(*sink, {&add("a", round * 2), &add("b", round * 2 + 1)})->all_written());
    run(sink->close());
  }
  EXPECT_EQ(content(), line(0, "a") + line(1, "b") + line(2, "a") + line(3, "b"));
  struct stat status{};
  ::stat(path_.c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0640u);  // dead letters are nobody else's business
}

TEST_F(FileTest, LanesShareOneWriter) {
  const std::unique_ptr<Sink> one = make();
  const std::unique_ptr<Sink> two = make();
  ASSERT_TRUE(write(*one, {&add("a", 0)})->all_written());
  ASSERT_TRUE(write(*two, {&add("b", 1)})->all_written());
  run(one->close());
  ASSERT_TRUE(write(*two, {&add("c", 2)})->all_written());
  run(two->close());
  EXPECT_EQ(content(), line(0, "a") + line(1, "b") + line(2, "c"));
}

TEST_F(FileTest, AFileThatIsMovedAwayGetsASuccessor) {
  const std::unique_ptr<Sink> sink = make();
  ASSERT_TRUE(write(*sink, {&add("a", 0)})->all_written());
  fs::rename(path_, folder_ / "rotated");
  ASSERT_TRUE(write(*sink, {&add("b", 1)})->all_written());
  EXPECT_EQ(content(), line(1, "b"));
  run(sink->close());
}

TEST_F(FileTest, AFileThatIsDeletedLosesNoLine) {
  const std::unique_ptr<Sink> sink = make();
  ASSERT_TRUE(write(*sink, {&add("a", 0)})->all_written());
  fs::remove_all(path_.parent_path());
  ASSERT_TRUE(write(*sink, {&add("b", 1)})->all_written());
  EXPECT_EQ(content(), line(1, "b"));
  fs::remove(path_);
  put("{\"a\":1}\n");  // somebody else's, in its place
  ASSERT_TRUE(write(*sink, {&add("c", 2)})->all_written());
  EXPECT_EQ(content(), "{\"a\":1}\n" + line(2, "c"));
  run(sink->close());
}

TEST_F(FileTest, WhatIsDeletedDuringTheWriteIsWrittenAgain) {
  struct Deleted final : FileSystem {
    explicit Deleted(fs::path path) : path_(std::move(path)) {}
    int sync(int descriptor) override {
      if (std::exchange(first_, false)) fs::remove(path_);
      return FileSystem::sync(descriptor);
    }
    const fs::path path_;
    bool first_ = true;
  };
  std::unique_ptr<AppendFile> file = std::move(*AppendFile::open(path_, true, std::make_unique<Deleted>(path_)));
  ASSERT_TRUE(file->append("{1}\n").has_value());
  EXPECT_EQ(content(), "{1}\n");
}

TEST_F(FileTest, WhatStandsInTheWayOfANewFileIsWaitedFor) {
  const std::unique_ptr<AppendFile> file = std::move(*AppendFile::open(path_, true));
  fs::remove(path_);
  fs::create_directory(path_);
  const Result<void> blocked = file->append("{1}\n");
  ASSERT_TRUE(blocked.has_error());
  EXPECT_TRUE(blocked.error().retryable()) << blocked.error().message();
  fs::remove(path_);
  ASSERT_TRUE(file->append("{1}\n").has_value());
  EXPECT_EQ(content(), "{1}\n");
}

TEST_F(FileTest, ASuccessorThatIsInUseIsNotWrittenToHoweverOftenItIsTried) {
  const std::unique_ptr<AppendFile> file = std::move(*AppendFile::open(path_, true));
  ASSERT_TRUE(file->append("{1}\n").has_value());
  fs::rename(path_, folder_ / "rotated");
  put("{2}\n");
  const int other = ::open(path_.c_str(), O_RDWR);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  for (int i = 0; i < 3; ++i) {
    const Result<void> blocked = file->append("{3}\n");
    ASSERT_TRUE(blocked.has_error());
    EXPECT_TRUE(blocked.error().retryable()) << blocked.error().message();
  }
  EXPECT_EQ(content(), "{2}\n");
  ::close(other);
  ASSERT_TRUE(file->append("{3}\n").has_value());
  EXPECT_EQ(content(), "{2}\n{3}\n");
}

TEST_F(FileTest, ASuccessorThatEndsInAForeignLineIsLeftAlone) {
  const std::unique_ptr<AppendFile> file = std::move(*AppendFile::open(path_, true));
  ASSERT_TRUE(file->append("{1}\n").has_value());
  fs::rename(path_, folder_ / "rotated");
  put("some notes");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(file->append("{2}\n").has_error());
  EXPECT_EQ(content(), "some notes");
}

TEST_F(FileTest, ADeadLetterSaysWhyAtItsTop) {
  const Header headers[] = {{"weir-reason", "no JSON"},
                            {"weir-stage", "decode"},
                            {"kafka_dlt-original-topic", "orders"},
                            {"kafka_dlt-original-partition", std::string_view("\0\0\x01\x02", 4)},
                            {"kafka_dlt-original-offset", std::string_view("\0\0\0\0\0\x01\x02\x03", 8)},
                            {"kafka_dlt-original-timestamp", "12"}};
  Message& letter = add("p");
  letter.headers = headers;
  const std::unique_ptr<Sink> sink = make();
  ASSERT_TRUE(write(*sink, {&letter})->all_written());
  run(sink->close());
  EXPECT_NE(content().find("\"timestamp\":1738232130123,\"reason\":\"no JSON\",\"stage\":\"decode\",\"key\""),
            std::string::npos)
      << content();
  EXPECT_NE(content().find("\\u0001\\u0002\",\"number\":258}"), std::string::npos) << content();
  EXPECT_NE(content().find("\"number\":66051}"), std::string::npos) << content();
  EXPECT_NE(content().find("\"value\":\"12\"}"), std::string::npos) << content();
}

TEST_F(FileTest, CutsOffATornLastLine) {
  put("{\"a\":1}\n{\"b\":" + std::string(10'000, 'x'));
  const std::unique_ptr<Sink> sink = make();
  EXPECT_EQ(content(), "{\"a\":1}\n");
  ASSERT_TRUE(write(*sink, {&add("a", 0)})->all_written());
  EXPECT_EQ(content(), "{\"a\":1}\n" + line(0, "a"));
  run(sink->close());
}

TEST_F(FileTest, CutsOffATornOnlyLine) {
  put("{\"b\":1");
  run(make()->close());
  EXPECT_EQ(content(), "");
}

TEST_F(FileTest, LeavesAForeignFileAlone) {
  put("some notes\nwithout an end");
  const Result<std::unique_ptr<AppendFile>> opened = AppendFile::open(path_, true);
  ASSERT_TRUE(opened.has_error());
  EXPECT_NE(opened.error().message().find("did not write"), std::string::npos);
  EXPECT_EQ(content(), "some notes\nwithout an end");
}

TEST_F(FileTest, RefusesWhatCannotBeAppendedTo) {
  const Result<std::unique_ptr<AppendFile>> folder = AppendFile::open(folder_, true);
  ASSERT_TRUE(folder.has_error());
  EXPECT_NE(folder.error().message().find(folder_.string()), std::string::npos);
  EXPECT_FALSE(folder.error().retryable()) << "the pipeline fails at the start";
  EXPECT_TRUE(AppendFile::open("/dev/null", true).has_error());
  EXPECT_TRUE(AppendFile::open("/proc/nothing/here.jsonl", true).has_error());
}

TEST_F(FileTest, AFileInUseIsAClearError) {
  put("");
  const int other = ::open(path_.c_str(), O_RDWR);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  const Result<std::unique_ptr<AppendFile>> opened = AppendFile::open(path_, true);
  ASSERT_TRUE(opened.has_error());
  EXPECT_EQ(opened.error().code(), Errc::already_exists);
  EXPECT_NE(opened.error().message().find("in use by another process"), std::string::npos);
  ::close(other);
}

// A disk that takes `room` bytes more, syncs or does not, truncates or does not.
struct Disk {
  std::size_t room = 1 << 20;
  bool syncs = true;
  bool truncates = true;
  int sync_calls = 0;
};

class FullDisk final : public FileSystem {
 public:
  explicit FullDisk(Disk& disk) : disk_(disk) {}
  long write(int descriptor, const char* bytes, std::size_t size) override {
    const std::size_t fits = std::min(size, disk_.room);
    if (fits == 0) {
      errno = ENOSPC;
      return -1;
    }
    disk_.room -= fits;
    return FileSystem::write(descriptor, bytes, fits);
  }
  int sync(int descriptor) override {
    ++disk_.sync_calls;
    if (disk_.syncs) return FileSystem::sync(descriptor);
    errno = EIO;
    return -1;
  }
  int truncate(int descriptor, std::int64_t size) override {
    if (disk_.truncates) return FileSystem::truncate(descriptor, size);
    errno = EIO;
    return -1;
  }

 private:
  Disk& disk_;
};

TEST_F(FileTest, AFullDiskLeavesWholeLinesOnly) {
  Disk disk;
  std::unique_ptr<AppendFile> file = std::move(*AppendFile::open(path_, true, std::make_unique<FullDisk>(disk)));
  ASSERT_TRUE(file->append("{1}\n").has_value());
  disk.room = 2;
  const Result<void> full = file->append("{2}\n");
  ASSERT_TRUE(full.has_error());
  EXPECT_EQ(full.error().code(), Errc::io);
  EXPECT_NE(full.error().message().find("No space left"), std::string::npos);
  EXPECT_EQ(content(), "{1}\n");
  disk.room = 100;
  ASSERT_TRUE(file->append("{2}\n").has_value());
  EXPECT_EQ(content(), "{1}\n{2}\n");
}

TEST_F(FileTest, AFailedSyncTakesTheLinesBack) {
  Disk disk;
  std::unique_ptr<AppendFile> file = std::move(*AppendFile::open(path_, true, std::make_unique<FullDisk>(disk)));
  disk.syncs = false;
  EXPECT_TRUE(file->append("{1}\n").has_error());
  EXPECT_EQ(content(), "");
  disk.truncates = false;
  EXPECT_TRUE(file->append("{1}\n").has_error());
  disk.syncs = true;
  EXPECT_TRUE(file->append("{1}\n").has_error());  // what is behind the end cannot be cut off yet
  disk.truncates = true;
  EXPECT_TRUE(file->append("{2}\n").has_value());
  EXPECT_EQ(content(), "{2}\n");
}

TEST_F(FileTest, GroupsWhatGathers) {
  Disk disk;
  LineWriter writer(std::move(*AppendFile::open(path_, true, std::make_unique<FullDisk>(disk))), blocking_);
  TaskGroup group(io_.get_executor());
  int written = 0;
  struct Caller {
    static Task<void> run(LineWriter& writer, int number, int& written) {
      std::string block = "{" + std::to_string(number) + "}\n";
      Result<void> done = co_await writer.write(std::move(block));
      if (done) ++written;
    }
  };
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    group.spawn("caller", Caller::run(writer, i, written));
    expected += "{" + std::to_string(i) + "}\n";
  }
  io_.run();
  EXPECT_EQ(written, 200);
  EXPECT_EQ(content(), expected);
  EXPECT_LE(disk.sync_calls, 200);
}

// I2: what failed holds back what comes later, until it is written again or forgotten.
class FileOrderTest : public FileTest {
 protected:
  FileOrderTest() {
    auto file = std::move(*AppendFile::open(path_, true, std::make_unique<FullDisk>(disk_)));
    sink_ = make_file_sink(std::make_shared<LineWriter>(std::move(file), blocking_));
    run(sink_->open());
  }
  // Starts a write; its outcome appears in outcomes_.
  void start(const Message& message) {
    const Message** const place = &refs_.emplace_back(&message);
    auto& outcome = outcomes_.emplace_back();
    group_.spawn("write", run_into(sink_->write({place, 1}), outcome, failure_));
  }
  // Runs until `count` outcomes are there and nothing else is ready.
  void wait_for(std::size_t count) {
    io_.restart();
    while (done() < count) io_.run_one();
    io_.poll();
  }
  std::size_t done() const {
    return static_cast<std::size_t>(
        std::count_if(outcomes_.begin(), outcomes_.end(), [](const auto& o) { return o.has_value(); }));
  }
  bool written(std::size_t i) const { return outcomes_[i].has_value() && outcomes_[i]->has_value(); }

  Disk disk_;
  std::unique_ptr<Sink> sink_;
  std::deque<const Message*> refs_;
  std::deque<std::optional<Result<WriteReport>>> outcomes_;
  std::exception_ptr failure_;
  TaskGroup group_{io_.get_executor()};
};

TEST_F(FileOrderTest, LaterMessagesWaitForAFailedOne) {
  disk_.room = 0;
  const Message& first = add("first", 1);
  start(first);
  start(add("second", 2));
  start(add("third", 3));
  wait_for(1);
  EXPECT_FALSE(written(0));
  EXPECT_FALSE(outcomes_[1].has_value());
  disk_.room = 1 << 20;
  start(first);
  wait_for(4);
  EXPECT_TRUE(written(1) && written(2) && written(3));
  EXPECT_EQ(content(), line(1, "first") + line(2, "second") + line(3, "third"));
  run(sink_->close());
}

TEST_F(FileOrderTest, AForgottenMessageHoldsNothingBack) {
  disk_.room = 0;
  const Message& first = add("first", 1);
  start(first);
  start(add("second", 2));
  wait_for(1);
  disk_.room = 1 << 20;
  const Message* const gone[] = {&first};
  sink_->forget(gone);
  wait_for(2);
  EXPECT_TRUE(written(1));
  EXPECT_EQ(content(), line(2, "second"));
  run(sink_->close());
}

TEST_F(FileOrderTest, ACancelledWaitHoldsBackUntilForgotten) {
  disk_.room = 0;
  const Message& first = add("first", 1);
  const Message& second = add("second", 2);
  start(first);
  start(second);
  wait_for(1);
  group_.cancel();
  io_.restart();
  io_.run();
  EXPECT_TRUE(group_.empty());
  disk_.room = 1 << 20;
  const Message* const gone[] = {&first, &second};
  sink_->forget(gone);
  ASSERT_TRUE(write(*sink_, {&add("third", 3)})->all_written());
  EXPECT_EQ(content(), line(3, "third"));
  run(sink_->close());
}

}  // namespace
}  // namespace weir::sinks::file
