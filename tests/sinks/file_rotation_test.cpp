#include "pipeline/base/task_group.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "sinks/file/append_file.hpp"
#include "sinks/file/file.hpp"
#include "sinks/file/shared_file.hpp"
#include "tests/sinks/kit.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace weir::sinks::file {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

Task<void> write_line(LineWriter& writer, std::string line) {
  Result<void> written = co_await writer.write(std::move(line));
  EXPECT_TRUE(written.has_value()) << written.error().message();
}

class FileRotationTest : public ::testing::Test {
 protected:
  FileRotationTest() {
    std::string name = (fs::temp_directory_path() / "weir-rotation-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "dead.jsonl";
  }
  ~FileRotationTest() override { fs::remove_all(folder_); }

  std::unique_ptr<AppendFile> open(Rotation rotation, std::unique_ptr<FileSystem> file_system = {}) {
    Result<std::unique_ptr<AppendFile>> file = AppendFile::open(path_, true, std::move(file_system), rotation);
    EXPECT_TRUE(file.has_value()) << file.error().message();
    return std::move(*file);
  }
  void append(AppendFile& file, std::string_view line) {
    const Result<void> appended = file.append(line);
    EXPECT_TRUE(appended.has_value()) << appended.error().message();
  }
  // What each file holds, by name.
  std::vector<std::string> files() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream content;
      content << in.rdbuf();
      all.push_back(entry.path().filename().string() + ": " + content.str());
    }
    std::ranges::sort(all);
    return all;
  }

  fs::path folder_;
  fs::path path_;
};

TEST_F(FileRotationTest, AFullFileIsRenamedAndTheLinesStayInOrder) {
  const std::unique_ptr<AppendFile> file = open({.size = 8});
  for (const char* line : {"{1}\n", "{2}\n", "{3}\n", "{4}\n", "{5}\n"}) append(*file, line);
  EXPECT_THAT(files(),
              ElementsAre("dead.000001.jsonl: {1}\n{2}\n", "dead.000002.jsonl: {3}\n{4}\n", "dead.jsonl: {5}\n"));
  EXPECT_THAT(full_files(path_), ElementsAre(folder_ / "dead.000001.jsonl", folder_ / "dead.000002.jsonl"));
}

// A sink of the next configuration opens the file while the one that it replaces has it open.
TEST_F(FileRotationTest, WhoOpensTheFileLastSaysHowItRotates) {
  weir::testing::InlineBlocking blocking;
  Result<std::shared_ptr<LineWriter>> first = open_shared_file(path_, false, blocking);
  Result<std::shared_ptr<LineWriter>> next = open_shared_file(path_, true, blocking, {.size = 8});
  ASSERT_TRUE(first.has_value() && next.has_value());
  EXPECT_EQ(*first, *next) << "a file has one writer";
  boost::asio::io_context io;
  TaskGroup group(io.get_executor());
  for (const char* line : {"{1}\n", "{2}\n", "{3}\n"}) group.spawn("write", write_line(**next, line));
  io.run();
  EXPECT_THAT(files(), ElementsAre("dead.000001.jsonl: {1}\n{2}\n", "dead.jsonl: {3}\n"));
}

TEST_F(FileRotationTest, WhatComesAtOnceIsNeverParted) {
  const std::unique_ptr<AppendFile> file = open({.size = 8});
  append(*file, "{1}\n{2}\n{3}\n");
  append(*file, "{4}\n");
  append(*file, "{5}\n{6}\n");
  EXPECT_THAT(files(),
              ElementsAre("dead.000001.jsonl: {1}\n{2}\n{3}\n", "dead.000002.jsonl: {4}\n", "dead.jsonl: {5}\n{6}\n"));
}

// As a crash leaves it between two steps: nothing under the file's name, numbers missing, others' files about.
TEST_F(FileRotationTest, TheNumbersGoOnWhereTheyWere) {
  for (const char* name : {"dead.000002.jsonl", "dead.000010.jsonl", "dead.1.jsonl", "dead.00000x.jsonl",
                           "dead.jsonl.7", "other.000099.jsonl"})
    std::ofstream(folder_ / name) << name;
  const std::unique_ptr<AppendFile> file = open({.size = 4});
  append(*file, "{1}\n");
  append(*file, "{2}\n");
  EXPECT_EQ(full_files(path_).back(), folder_ / "dead.000011.jsonl");
  std::ofstream(folder_ / "dead.999999.jsonl") << "";
  append(*file, "{3}\n");
  EXPECT_EQ(full_files(path_).back(), folder_ / "dead.1000000.jsonl");
}

TEST_F(FileRotationTest, TheOldestBeyondWhatIsKeptAreDeleted) {
  const std::unique_ptr<AppendFile> file = open({.size = 4, .keep = 2});
  for (const char* line : {"{1}\n", "{2}\n", "{3}\n", "{4}\n", "{5}\n"}) append(*file, line);
  EXPECT_THAT(files(), ElementsAre("dead.000003.jsonl: {3}\n", "dead.000004.jsonl: {4}\n", "dead.jsonl: {5}\n"));
}

TEST_F(FileRotationTest, AFileThatIsFullAlreadyIsRenamedAtTheFirstLine) {
  std::ofstream(path_) << "{1}\n{2}\n";
  const std::unique_ptr<AppendFile> file = open({.size = 8});
  append(*file, "{3}\n");
  EXPECT_THAT(files(), ElementsAre("dead.000001.jsonl: {1}\n{2}\n", "dead.jsonl: {3}\n"));
}

class NoNewNames final : public FileSystem {
 public:
  explicit NoNewNames(bool& refuses) : refuses_(refuses) {}
  int rename(const fs::path& from, const fs::path& to) override {
    if (!refuses_) return FileSystem::rename(from, to);
    errno = EACCES;
    return -1;
  }

 private:
  bool& refuses_;
};

TEST_F(FileRotationTest, OneThatCannotBeRenamedGrowsOn) {
  bool refuses = true;
  const std::unique_ptr<AppendFile> file = open({.size = 4}, std::make_unique<NoNewNames>(refuses));
  append(*file, "{1}\n");
  append(*file, "{2}\n");
  EXPECT_THAT(files(), ElementsAre("dead.jsonl: {1}\n{2}\n"));
  refuses = false;
  append(*file, "{3}\n");
  EXPECT_THAT(files(), ElementsAre("dead.000001.jsonl: {1}\n{2}\n", "dead.jsonl: {3}\n"));
}

// Between the new name and the new file: the line is not written, and comes again.
TEST_F(FileRotationTest, WhereNoNewFileCanBeMadeTheLineComesAgain) {
  struct InTheWay final : FileSystem {
    int rename(const fs::path& from, const fs::path& to) override {
      const int renamed = FileSystem::rename(from, to);
      fs::create_directory(from);
      return renamed;
    }
  };
  const std::unique_ptr<AppendFile> file = open({.size = 4}, std::make_unique<InTheWay>());
  append(*file, "{1}\n");
  const Result<void> blocked = file->append("{2}\n");
  ASSERT_TRUE(blocked.has_error());
  EXPECT_TRUE(blocked.error().retryable()) << blocked.error().message();
  fs::remove(path_);
  append(*file, "{2}\n");
  EXPECT_THAT(files(), ElementsAre("dead.000001.jsonl: {1}\n", "dead.jsonl: {2}\n"));
}

TEST_F(FileRotationTest, TheSinkRotatesAsItsOptionsSay) {
  Registry registry;
  register_file_sink(registry);
  const auto parse = [&registry](const char* yaml, config::Diagnostics& found) {
    const std::optional<config::Node> node = config::parse_yaml(yaml, "case", found);
    const auto config = registry.find(ComponentKind::sink, "file")->parse(*node, "s", found);
    return config == nullptr ? FileConfig() : *static_cast<const FileConfig*>(config.get());
  };
  config::Diagnostics none;
  const FileConfig config = parse("{ path: a.jsonl, rotate: { size: 100MiB, keep: 10 } }", none);
  EXPECT_EQ(none.str(), "");
  EXPECT_EQ(config.rotate.size, Bytes{100ull << 20});
  EXPECT_EQ(config.rotate.keep, 10u);
  config::Diagnostics found;
  parse("{ path: a.jsonl, rotate: { keep: 10 } }", found);
  EXPECT_THAT(found.str(), ::testing::HasSubstr("without a size no file is full"));
}

}  // namespace
}  // namespace weir::sinks::file
