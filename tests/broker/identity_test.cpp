#include "embedded/broker/identity.hpp"

#include "tests/broker/storage/fault_file_system.hpp"

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
  for (const std::string_view text :
       {"", "hello", "weir-broker 1\ncluster_id abc\n", "weir-broker 1\nleader_epoch 1\n",
        "weir-broker 1\ncluster_id abc\nleader_epoch x\n", "weir-broker 2\ncluster_id abc\nleader_epoch 1\n"}) {
    storage::FaultFileSystem files;
    ASSERT_TRUE(files.make_directories("/data/meta"));
    const Result<std::shared_ptr<storage::File>> file =
        files.open("/data/meta/broker", storage::FileSystem::Mode::create);
    ASSERT_TRUE(file);
    const std::string_view parts[] = {text};
    ASSERT_TRUE((*file)->write_at(0, parts));
    const Result<Identity> opened = open_identity(files, "/data");
    ASSERT_FALSE(opened) << text;
    EXPECT_EQ(opened.error().code(), Errc::corrupt);
    EXPECT_NE(opened.error().message().find("/data/meta/broker"), std::string::npos);
  }
}

}  // namespace
}  // namespace weir::embedded::broker
