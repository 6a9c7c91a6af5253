#include "embedded/eventstore/log/database.hpp"
#include "tests/embedded/eventstore/store_kit.hpp"

#include <algorithm>
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
  std::sort(out.begin(), out.end());
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

  fs::path copy_of(const fs::path& directory) {
    fs::path out = images_.path() / std::to_string(++images_made_);
    fs::copy(directory, out, fs::copy_options::recursive);
    return out;
  }
  // What a killed process leaves behind: the files as they are at this moment. The manifest first, for a table may come
  // into being meanwhile.
  fs::path killed() {
    const fs::path out = images_.path() / std::to_string(++images_made_);
    fs::create_directories(out / "db");
    fs::copy(dir_.path() / "acknowledged", out / "acknowledged");
    const auto copy = [&](const std::string& name) {
      fs::copy(dir_.path() / "db" / name, out / "db" / name);
    };
    std::string manifest = contents(dir_.path() / "db" / "CURRENT");
    manifest.pop_back();
    copy("CURRENT");
    copy(manifest);
    for (const auto& file : fs::directory_iterator(dir_.path() / "db")) {
      if (!fs::exists(out / "db" / file.path().filename())) copy(file.path().filename());
    }
    return out;
  }
  static fs::path wal_of(const fs::path& directory) {
    const std::vector<fs::path> logs = files_of(directory, ".log");
    EXPECT_EQ(logs.size(), 1u);
    return logs.front();
  }

  // "60 events", or what the start says.
  static std::string start(const fs::path& directory, Errc expected = Errc::corrupt) {
    const Result<std::unique_ptr<Storage>> opened = Storage::open({directory, true});
    if (!opened) {
      EXPECT_EQ(opened.error().code(), expected) << opened.error().message();
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

TEST_F(RecoveryTest, AMarkThatNeverReachedTheDiskIsNew) {
  const fs::path directory = killed();
  write_file(directory / "acknowledged", std::string(42, '\0'));
  EXPECT_EQ(start(directory), "60 events");
  EXPECT_EQ(contents(directory / "acknowledged").substr(0, 21), "00000000000000000060 ");
}

class TornEndTest : public RecoveryTest {
 protected:
  // The pages of the last write reach the disk in any order, and some never.
  void check(std::size_t size) {
    before_ = killed();
    from_ = contents(wal_of(before_)).size();
    append("s", ExpectedRevision::any(), {event("large", '"' + std::string(size, 'x') + '"')});
    const std::string whole = contents(wal_of(dir_.path()));
    ASSERT_GT(whole.size(), from_ + size);
    for (const std::size_t kept : {std::size_t{0}, std::size_t{7}, std::size_t{30}, std::size_t{4096}, size / 2}) {
      std::string zeroes = whole;
      std::fill(zeroes.begin() + static_cast<std::ptrdiff_t>(from_ + kept), zeroes.end(), '\0');
      check_one(zeroes, "zeroes after " + std::to_string(kept));
    }
    const std::size_t pages = (whole.size() - from_) / 4096;
    for (std::size_t page = from_ / 4096 + 1; (page + 1) * 4096 <= whole.size(); page += 1 + pages / 8) {
      std::string hole = whole;
      std::fill_n(hole.begin() + static_cast<std::ptrdiff_t>(page * 4096), 4096, '\0');
      check_one(hole, "a hole at page " + std::to_string(page));
    }
    EXPECT_GE(damages_, 3) << "otherwise all of it would be one that is too short";
  }

 private:
  void check_one(const std::string& bytes, const std::string& what) {
    const fs::path directory = copy_of(before_);
    write_file(wal_of(directory), bytes);
    Position end = 0;
    const auto looked = Storage::Database::find_end(directory / "db", Storage::Database::Wal::whole, end);
    damages_ += looked.IsCorruption() ? 1 : 0;
    EXPECT_EQ(start(directory), "60 events") << what;
    EXPECT_EQ(start(directory), "60 events") << what << ", and again";
  }

  fs::path before_;
  std::size_t from_ = 0;
  int damages_ = 0;
};

TEST_F(TornEndTest, OfARecordOfSomePagesPasses) {
  check(10'000);
}
TEST_F(TornEndTest, OfARecordOfSomeBlocksPasses) {
  check(100'000);
}

TEST_F(RecoveryTest, UnreadableEventsBeforeReadableOnesAreNoTornEnd) {
  const fs::path directory = killed();
  const std::size_t from = contents(wal_of(directory)).size();
  const std::string large = '"' + std::string(100'000, 'x') + '"';
  for (int i = 0; i < 2; ++i) append("s", ExpectedRevision::any(), {event("large", large)});
  std::string damaged = contents(wal_of(dir_.path()));
  damaged[from + 1000] = static_cast<char>(damaged[from + 1000] ^ 1);
  write_file(wal_of(directory), damaged);
  const std::string said = start(directory);
  EXPECT_TRUE(is_refusal(said)) << said;
  EXPECT_NE(said.find("up to position 60"), std::string::npos) << said;
  EXPECT_EQ(contents(wal_of(directory)), damaged);
}

TEST_F(RecoveryTest, EventsWithoutAFormatOrCountersAreNoNewStore) {
  close();
  for (const std::string_view key : {kFormatKey, kNextPositionKey}) {
    const fs::path directory = copy_of(dir_.path());
    std::unique_ptr<Storage::Database> database;
    ASSERT_TRUE(Storage::Database::open(directory / "db", Storage::Database::Wal::whole, database).ok());
    ASSERT_TRUE(database->db->Delete({}, database->families[kCounters], slice(key)).ok());
    database.reset();
    write_file(directory / "accept-loss", "");
    const std::string said = start(directory);
    EXPECT_NE(said.find("is damaged: it holds events"), std::string::npos) << key << ": " << said;
    EXPECT_TRUE(fs::exists(directory / "accept-loss"));
  }
}

TEST_F(RecoveryTest, ALossIsAcceptedOnceTheMarkSaysSo) {
  const fs::path directory = killed();
  fs::remove(wal_of(directory));
  fs::create_directories(directory / "accept-loss" / "not empty");
  EXPECT_NE(start(directory, Errc::io).find("cannot remove '" + (directory / "accept-loss").string()),
            std::string::npos);
  EXPECT_EQ(contents(directory / "acknowledged").substr(0, 21), "00000000000000000000 ");
  fs::remove_all(directory / "accept-loss");
  EXPECT_EQ(start(directory), "0 events") << "as after a kill between the two";
}

TEST_F(RecoveryTest, WhatCannotBeLookedAtIsNotTakenForGone) {
  const fs::path loop = killed();
  fs::remove(loop / "db" / "CURRENT");
  fs::create_symlink("CURRENT", loop / "db" / "CURRENT");
  EXPECT_NE(start(loop, Errc::io).find("cannot look at"), std::string::npos);

  const fs::path file = killed();
  fs::remove_all(file / "db");
  write_file(file / "db", "");
  write_file(file / "accept-loss", "");
  EXPECT_NE(start(file, Errc::io).find("cannot look at"), std::string::npos);
}

// More than the memory tables hold: the write-ahead log is in several files, and all are needed.
class SeveralLogsTest : public RecoveryTest {
 protected:
  void SetUp() override {
    RecoveryTest::SetUp();
    const std::string large = '"' + std::string(3 << 20, 'x') + '"';
    for (int i = 0; i < 12; ++i) append("large", ExpectedRevision::any(), {event("large", large)});
    append("s", 3);
    image_ = killed();
    ASSERT_GE(logs_of(image_).size(), 2u);
  }
  static std::vector<fs::path> logs_of(const fs::path& directory) { return files_of(directory, ".log"); }

  fs::path image_;
};

TEST_F(SeveralLogsTest, AllAreRead) {
  EXPECT_EQ(start(image_), "75 events");
  EXPECT_EQ(start(image_), "75 events");
}

TEST_F(SeveralLogsTest, DamageInTheLastIsRefusedUntilItIsAccepted) {
  const fs::path last = logs_of(image_).back();
  std::string bytes = contents(last);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(last, bytes);
  const std::string said = start(image_);
  EXPECT_TRUE(is_refusal(said)) << said;
  EXPECT_EQ(start(image_), said);
  write_file(image_ / "accept-loss", "");
  const int kept = std::stoi(start(image_));
  EXPECT_GE(kept, 60);
  EXPECT_LT(kept, 75);
  EXPECT_EQ(start(image_), std::to_string(kept) + " events");
}

TEST_F(SeveralLogsTest, WithoutTheFirstNothingIsOfferedOrAccepted) {
  const fs::path first = logs_of(image_).front();
  const auto check = [&](const std::string& what) {
    const std::size_t logs = logs_of(image_).size();
    for (const bool accepts : {false, true}) {
      if (accepts) write_file(image_ / "accept-loss", "");
      const std::string said = start(image_);
      EXPECT_NE(said.find("restore it from a backup"), std::string::npos) << what << ": " << said;
      EXPECT_FALSE(is_refusal(said)) << what << ": " << said;
    }
    EXPECT_TRUE(fs::exists(image_ / "accept-loss"));
    EXPECT_EQ(logs_of(image_).size(), logs) << what << ": what is refused is left as it is";
    fs::remove(image_ / "accept-loss");
  };
  fs::resize_file(first, fs::file_size(first) - 1000);
  check("shortened");
  fs::remove(first);
  check("removed");
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
