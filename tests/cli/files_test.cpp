#include "cli/run/data_dir.hpp"
#include "cli/run/summary_file.hpp"
#include "pipeline/control/config_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

// A directory of the test's own.
class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    std::string pattern = (fs::temp_directory_path() / "weir-cli-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = pattern;
  }
  ~FilesTest() override { fs::remove_all(root_); }
  fs::path touch(const std::string& name) {
    std::ofstream(root_ / name) << "x: 1\n";
    return root_ / name;
  }
  fs::path root_;
};

using DataDirTest = FilesTest;
using ConfigFilesTest = FilesTest;
using SummaryFileTest = FilesTest;

TEST_F(DataDirTest, IsResolvedFromTheOptionThenXdgThenHome) {
  const Environment all = environment({{"XDG_STATE_HOME", "/xdg"}, {"HOME", "/home/ann"}});
  EXPECT_EQ(resolve_data_dir("/given/", all).value(), "/given/");
  EXPECT_EQ(resolve_data_dir(std::nullopt, all).value(), "/xdg/weir");
  EXPECT_EQ(resolve_data_dir(std::nullopt, environment({{"HOME", "/home/ann"}})).value(),
            "/home/ann/.local/state/weir");
  EXPECT_EQ(resolve_data_dir(std::nullopt, environment({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}})).value(),
            "/h/.local/state/weir");
  const Result<fs::path> none = resolve_data_dir(std::nullopt, environment({}));
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(none.error().message(), HasSubstr("--data-dir"));
  EXPECT_FALSE(resolve_data_dir(fs::path(), all).has_value());
  EXPECT_TRUE(resolve_data_dir(fs::path("relative"), all).value().is_absolute());
}

TEST_F(DataDirTest, IsMadePrivateWithItsParents) {
  Result<DataDirLock> held = DataDirLock::acquire(root_ / "a" / "b" / "weir/");
  ASSERT_TRUE(held.has_value()) << held.error().message();
  struct stat status{};
  ASSERT_EQ(::stat((root_ / "a" / "b" / "weir").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(DataDirTest, IsHeldByOneAtATime) {
  std::optional<Result<DataDirLock>> first = DataDirLock::acquire(root_);
  ASSERT_TRUE(first->has_value());
  const Result<DataDirLock> second = DataDirLock::acquire(root_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Errc::already_exists);
  EXPECT_THAT(second.error().message(), HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_THAT(second.error().message(), HasSubstr(root_.string()));
  first.reset();
  EXPECT_TRUE(DataDirLock::acquire(root_).has_value());
}

TEST_F(DataDirTest, PipelinesAndServersHoldPartsOfTheirOwn) {
  DataDirHold first(root_);
  DataDirHold second(root_);
  ASSERT_TRUE(first.take({true, {"orders"}}).has_value());
  EXPECT_TRUE(second.take({false, {"payments"}}).has_value());
  EXPECT_TRUE(second.take({}).has_value());
  const Result<void> same = second.take({false, {"orders"}});
  ASSERT_FALSE(same.has_value());
  EXPECT_THAT(same.error().message(), HasSubstr("the member id of the pipeline 'orders' in the data directory"));
  EXPECT_FALSE(second.take({true, {"payments"}}).has_value()) << "the servers are held";
}

TEST_F(DataDirTest, WhatIsHeldGrowsOrStaysAsItIs) {
  DataDirHold hold(root_);
  DataDirHold other(root_);
  ASSERT_TRUE(hold.take({false, {"orders"}}).has_value());
  ASSERT_TRUE(other.take({false, {"payments"}}).has_value());
  EXPECT_TRUE(hold.take({false, {"orders"}}).has_value()) << "what is held already is not asked for again";
  EXPECT_FALSE(hold.take({false, {"refunds", "payments"}}).has_value());
  EXPECT_TRUE(other.take({false, {"refunds"}}).has_value()) << "of what was refused nothing is held";
  EXPECT_FALSE(other.take({false, {"orders"}}).has_value()) << "what was held is held on";
}

TEST_F(DataDirTest, SaysWhenItCannotBeMade) {
  touch("file");
  const Result<DataDirLock> under_a_file = DataDirLock::acquire(root_ / "file" / "weir");
  ASSERT_FALSE(under_a_file.has_value());
  EXPECT_EQ(under_a_file.error().code(), Errc::io);
  EXPECT_THAT(under_a_file.error().message(), HasSubstr("--data-dir"));
  EXPECT_FALSE(DataDirLock::acquire(root_ / "file").has_value());
}

TEST_F(ConfigFilesTest, FilesAndDirectoriesInOrderEachOnce) {
  touch("b.yml");
  touch("a.yaml");
  touch(".hidden.yaml");
  touch("a.test.yaml");
  touch("notes.txt");
  fs::create_directory(root_ / "deeper.yaml");
  const Result<std::vector<fs::path>> found = find_config_files({root_ / "b.yml", root_});
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_THAT(*found, ElementsAre(root_ / "b.yml", root_ / "a.yaml"));
  EXPECT_THAT(find_config_files({root_ / "notes.txt"}).value(), ElementsAre(root_ / "notes.txt"));
}

TEST_F(ConfigFilesTest, WhatIsNotThereIsNamed) {
  const auto missing = find_config_files({root_ / "no.yaml"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), Errc::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr("no.yaml"));
  const auto empty = find_config_files({root_});
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ(empty.error().code(), Errc::not_found);
  EXPECT_THAT(empty.error().message(), HasSubstr("no *.yaml"));
}

TEST_F(SummaryFileTest, GoesToStandardOutputOrAFileThatIsReplacedWhole) {
  std::ostringstream out;
  EXPECT_TRUE(check_summary_target("-").has_value());
  EXPECT_TRUE(write_summary("-", "{}\n", out).has_value());
  EXPECT_EQ(out.str(), "{}\n");
  const std::string file = touch("summary.json").string();
  EXPECT_TRUE(check_summary_target(file).has_value());
  EXPECT_TRUE(write_summary(file, "{\"a\":1}\n", out).has_value());
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(), "{\"a\":1}\n");
  EXPECT_FALSE(fs::exists(file + ".part"));
  EXPECT_EQ(out.str(), "{}\n");
}

TEST_F(SummaryFileTest, WhatCannotBeWrittenIsToldBeforeTheRun) {
  for (const fs::path& wrong : {root_, root_ / "none" / "summary.json"}) {
    const Result<void> checked = check_summary_target(wrong.string());
    ASSERT_FALSE(checked.has_value()) << wrong;
    EXPECT_THAT(checked.error().message(), HasSubstr(wrong.string()));
  }
  EXPECT_TRUE(check_summary_target("/dev/null").has_value());
  std::ostringstream out;
  EXPECT_TRUE(write_summary("/dev/null", "{}", out).has_value());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_FALSE(write_summary((root_ / "none" / "s.json").string(), "{}", out).has_value());
}

}  // namespace
}  // namespace weir::cli
