#include "embedded/broker/identity.hpp"

#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/samples.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker {
namespace {

TEST(Identity, TheFirstStartIsCleanAndMakesAClusterId) {
  storage::FaultFileSystem files;
  const Result<Identity> first = open_identity(files, "/data");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_TRUE(first->clean);
  EXPECT_EQ(first->leader_epoch, 0);
  EXPECT_EQ(first->cluster_id.size(), 22u);
  EXPECT_EQ(first->cluster_id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
}

TEST(Identity, AStopInOrderKeepsTheEpochAndACrashRaisesIt) {
  storage::FaultFileSystem files;
  const Result<Identity> first = open_identity(files, "/data");
  ASSERT_TRUE(first);
  ASSERT_TRUE(mark_stopped(files, "/data"));
  const Result<Identity> second = open_identity(files, "/data");
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->clean);
  EXPECT_EQ(second->leader_epoch, 0);
  EXPECT_EQ(second->cluster_id, first->cluster_id);
  // The mark of the stop is used up: without another one, this was a crash.
  const Result<Identity> third = open_identity(files, "/data");
  ASSERT_TRUE(third);
  EXPECT_FALSE(third->clean);
  EXPECT_EQ(third->leader_epoch, 1);
  const Result<Identity> fourth = open_identity(files, "/data");
  ASSERT_TRUE(fourth);
  EXPECT_EQ(fourth->leader_epoch, 2);
  EXPECT_EQ(fourth->cluster_id, first->cluster_id);
}

TEST(Identity, RefusesAFileOfSomebodyElse) {
  for (const std::string_view text : {"", "hello", "weir-broker 1\ncluster_id \n", "weir-broker 1\ncluster_id abc",
                                      "weir-broker 1\n", "weir-broker 2\ncluster_id abc\n"}) {
    storage::FaultFileSystem files;
    ASSERT_TRUE(open_identity(files, "/data"));
    files.put("/data/meta/broker", text);
    const Result<Identity> opened = open_identity(files, "/data");
    ASSERT_FALSE(opened) << text;
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    EXPECT_NE(opened.error().message().find("/data/meta/broker"), std::string::npos);
  }
}

// An epoch that begins again at 0 would hide from clients what a crash took back.
TEST(Identity, RefusesADamagedEpoch) {
  for (const std::string_view bytes : {std::string_view(), std::string_view("hello")}) {
    storage::FaultFileSystem files;
    ASSERT_TRUE(open_identity(files, "/data"));
    files.put("/data/meta/leader-epoch", bytes);
    const Result<Identity> opened = open_identity(files, "/data");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    EXPECT_NE(opened.error().message().find("/data/meta/leader-epoch"), std::string::npos);
  }
}

// It may cut logs, and only a new epoch tells clients so.
TEST(Identity, ARepairCountsAsACrash) {
  storage::FaultFileSystem files;
  ASSERT_TRUE(open_identity(files, "/data"));
  ASSERT_TRUE(mark_stopped(files, "/data"));
  const Result<Identity> repaired = open_identity(files, "/data", true);
  ASSERT_TRUE(repaired);
  EXPECT_FALSE(repaired->clean);
  EXPECT_EQ(repaired->leader_epoch, 1);
}

TEST(Identity, ACrashIsCountedOnAFullDiskToo) {
  storage::FaultFileSystem files;
  ASSERT_TRUE(open_identity(files, "/data"));
  files.set_capacity(0);
  const Result<Identity> again = open_identity(files, "/data");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->leader_epoch, 1);
}

TEST(Identity, NoEpochComesTwiceWhateverAPowerCutLeaves) {
  for (std::uint64_t seed = 0; seed < samples(50u); ++seed) {
    storage::FaultFileSystem files;
    std::int32_t last = -1;
    for (int start = 0; start < 5; ++start) {
      const Result<Identity> opened = open_identity(files, "/data");
      ASSERT_TRUE(opened) << opened.error().message();
      ASSERT_GT(opened->leader_epoch, last) << "seed " << seed << ", start " << start;
      last = opened->leader_epoch;
      files.lose_power(seed * 5 + static_cast<std::uint64_t>(start));
      files.restart();
    }
  }
}

}  // namespace
}  // namespace weir::embedded::broker
