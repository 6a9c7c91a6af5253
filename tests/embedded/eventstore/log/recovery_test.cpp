#include "tests/embedded/eventstore/store_kit.hpp"

#include <fstream>

namespace weir::embedded::eventstore::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kEvents = 60;

std::vector<fs::path> files_of(const fs::path& directory, std::string_view extension) {
  std::vector<fs::path> out;
  for (const auto& file : fs::directory_iterator(directory / "db")) {
    if (file.path().extension() == extension) out.push_back(file.path());
  }
  return out;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}
void write_file(const fs::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class RecoveryTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    for (int i = 0; i < kEvents / 3; ++i) ASSERT_EQ(text(append("s", 3)), "ok " + std::to_string(3 * i + 2));
  }

  // What a killed process leaves behind: the files as they are at this moment.
  fs::path killed() {
    const fs::path out = images_.path() / std::to_string(++images_made_);
    fs::copy(dir_.path(), out, fs::copy_options::recursive);
    return out;
  }
  static fs::path wal_of(const fs::path& directory) {
    const std::vector<fs::path> logs = files_of(directory, ".log");
    EXPECT_EQ(logs.size(), 1u);
    return logs.front();
  }

  // "60 events", or what the start says.
  static std::string start(const fs::path& directory) {
    const Result<std::unique_ptr<Storage>> opened = Storage::open({directory, true});
    if (!opened) {
      EXPECT_EQ(opened.error().code(), Errc::corrupt);
      return opened.error().message();
    }
    int events = 0;
    const Result<void> scanned = (*opened)->scan_log(0, Direction::forwards, [&](RecordedEvent&&) {
      ++events;
      return true;
    });
    EXPECT_TRUE(scanned);
    return std::to_string(events) + " events";
  }
  static bool is_refusal(const std::string& said) { return said.find("accept-loss") != std::string::npos; }

  TempDir images_;
  int images_made_ = 0;
};

TEST_F(RecoveryTest, WhatAKillLeavesStarts) {
  const fs::path directory = killed();
  EXPECT_EQ(start(directory), "60 events");
  EXPECT_EQ(start(directory), "60 events") << "and again";
}

TEST_F(RecoveryTest, ATornEndThatNobodyWasToldOfPasses) {
  const fs::path before = killed();
  const std::string whole = contents(wal_of(before));
  append("s", 3);
  const std::string torn = contents(wal_of(dir_.path()));
  ASSERT_GT(torn.size(), whole.size() + 100);
  for (const std::size_t kept :
       {std::size_t{1}, std::size_t{6}, std::size_t{7}, std::size_t{30}, torn.size() - whole.size() - 1}) {
    const fs::path directory = images_.path() / ("torn" + std::to_string(kept));
    fs::copy(before, directory, fs::copy_options::recursive);
    write_file(wal_of(directory), torn.substr(0, whole.size() + kept));
    EXPECT_EQ(start(directory), "60 events") << kept;
  }
}

TEST_F(RecoveryTest, ADamagedLogGivesAllItsEventsOrRefusesTheStart) {
  const std::string bytes = contents(wal_of(dir_.path()));
  ASSERT_GT(bytes.size(), 1000u);
  int refused = 0;
  const auto check = [&](const std::string& damaged, const std::string& what) {
    const fs::path directory = killed();
    write_file(wal_of(directory), damaged);
    const std::string said = start(directory);
    if (said == "60 events") return;
    ++refused;
    EXPECT_TRUE(is_refusal(said)) << what << ": " << said;
    EXPECT_EQ(contents(wal_of(directory)), damaged) << what << ": what is refused is left as it is";
  };
  for (std::size_t i = 0; i < 24; ++i) {
    std::string damaged = bytes;
    const std::size_t at = i < 8 ? i : bytes.size() * i / 24;  // every field of the first record's head, and all over
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << i % 8));
    check(damaged, "bit flipped at " + std::to_string(at));
  }
  for (const std::size_t parts : {0, 1, 2, 3}) check(bytes.substr(0, bytes.size() * parts / 4), "cut to quarters");
  check(bytes.substr(0, bytes.size() - 1), "the last byte cut");
  check(bytes.substr(0, bytes.size() / 2) + std::string(bytes.size() / 2, '\0'), "zeroes");
  EXPECT_GE(refused, 20);
}

TEST_F(RecoveryTest, ALogThatIsGoneRefusesTheStartUntilThatIsAccepted) {
  const fs::path directory = killed();
  fs::remove(wal_of(directory));
  const std::string said = start(directory);
  EXPECT_NE(said.find("60 stored events are lost"), std::string::npos) << said;
  EXPECT_NE(said.find((directory / "accept-loss").string()), std::string::npos) << said;
  EXPECT_EQ(start(directory), said) << "and stays refused";
  write_file(directory / "accept-loss", "");
  EXPECT_EQ(start(directory), "0 events");
  EXPECT_FALSE(fs::exists(directory / "accept-loss")) << "it allows one start";
  EXPECT_EQ(start(directory), "0 events");
}

TEST_F(RecoveryTest, AcceptingALossKeepsWhatCanBeRead) {
  const fs::path directory = killed();
  std::string bytes = contents(wal_of(directory));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(wal_of(directory), bytes);
  EXPECT_TRUE(is_refusal(start(directory)));
  write_file(directory / "accept-loss", "");
  const int kept = std::stoi(start(directory));
  EXPECT_GT(kept, 10);
  EXPECT_LT(kept, kEvents);
  EXPECT_EQ(kept % 3, 0) << "an append is there as a whole or not at all";
}

TEST_F(RecoveryTest, AfterAnOrderlyStopTheLogHoldsNothingThatIsNotElsewhere) {
  close();
  for (const fs::path& log : files_of(dir_.path(), ".log")) fs::remove(log);
  EXPECT_EQ(start(dir_.path()), "60 events");
}

TEST_F(RecoveryTest, AnOlderDatabaseUnderANewerMarkIsNoticed) {
  const fs::path older = killed();
  append("s", 1);
  close();
  fs::remove_all(dir_.path() / "db");
  fs::copy(older / "db", dir_.path() / "db", fs::copy_options::recursive);
  EXPECT_NE(start(dir_.path()).find("1 stored events are lost"), std::string::npos);
}

TEST_F(RecoveryTest, ALostManifestRefusesTheStartAndTheTablesStay) {
  close();
  fs::remove(dir_.path() / "db" / "CURRENT");
  const std::size_t tables = files_of(dir_.path(), ".sst").size();
  ASSERT_GT(tables, 0u);
  EXPECT_NE(start(dir_.path()).find("CURRENT"), std::string::npos);
  write_file(dir_.path() / "accept-loss", "");
  EXPECT_NE(start(dir_.path()).find("CURRENT"), std::string::npos) << "a new database would delete the old one's files";
  EXPECT_EQ(files_of(dir_.path(), ".sst").size(), tables);
}

TEST_F(RecoveryTest, ADatabaseThatIsGoneIsNotMadeAnewInSilence) {
  close();
  fs::remove_all(dir_.path() / "db");
  EXPECT_TRUE(is_refusal(start(dir_.path())));
  write_file(dir_.path() / "accept-loss", "");
  EXPECT_EQ(start(dir_.path()), "0 events");
}

TEST_F(RecoveryTest, AStoreWithoutAMarkGetsOne) {
  const fs::path directory = killed();
  fs::remove(directory / "acknowledged");
  EXPECT_EQ(start(directory), "60 events");
  EXPECT_EQ(contents(directory / "acknowledged").substr(0, 21), "00000000000000000060 ");
}

TEST_F(RecoveryTest, ADamagedMarkIsNamed) {
  const fs::path directory = killed();
  std::string mark = contents(directory / "acknowledged");
  ASSERT_EQ(mark.size(), 42u);
  mark[18] = '7';
  write_file(directory / "acknowledged", mark);
  EXPECT_NE(start(directory).find((directory / "acknowledged").string()), std::string::npos);
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
