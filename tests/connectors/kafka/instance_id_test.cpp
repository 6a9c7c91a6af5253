#include "connectors/kafka/instance_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace weir::connectors::kafka {
namespace {

namespace fs = std::filesystem;

class InstanceIdTest : public ::testing::Test {
 protected:
  InstanceIdTest() : dir_(fs::path(::testing::TempDir()) / ("weir-instance-id-" + std::to_string(::getpid()))) {
    fs::remove_all(dir_);
  }
  ~InstanceIdTest() override { fs::remove_all(dir_); }
  const fs::path dir_;
};

TEST_F(InstanceIdTest, StaysTheSame) {
  const Result<std::string> first = stable_instance_id(dir_, "orders");
  ASSERT_TRUE(first.has_value());
  EXPECT_THAT(*first, ::testing::StartsWith("weir-"));
  EXPECT_EQ(*stable_instance_id(dir_, "orders"), *first);
}

TEST_F(InstanceIdTest, DiffersByPipelineAndDirectory) {
  const std::string id = *stable_instance_id(dir_, "orders");
  EXPECT_NE(*stable_instance_id(dir_, "audit"), id);
  EXPECT_NE(*stable_instance_id(dir_ / "other", "orders"), id);
}

TEST_F(InstanceIdTest, APipelineNameIsNoPath) {
  ASSERT_TRUE(stable_instance_id(dir_, "../../etc/x").has_value());
  EXPECT_TRUE(fs::exists(dir_ / "kafka" / "%2E%2E%2F%2E%2E%2Fetc%2Fx.instance-id"));
}

TEST_F(InstanceIdTest, ADamagedFileIsAnErrorThatNamesIt) {
  fs::create_directories(dir_ / "kafka");
  std::ofstream(dir_ / "kafka" / "orders.instance-id") << "not an id!\n";
  const Result<std::string> id = stable_instance_id(dir_, "orders");
  ASSERT_TRUE(id.has_error());
  EXPECT_EQ(id.error().code(), Errc::corrupt);
  EXPECT_THAT(id.error().message(), ::testing::HasSubstr("orders.instance-id"));
}

TEST_F(InstanceIdTest, MakersAtTheSameTimeAgree) {
  std::vector<std::string> ids(8);
  {
    std::vector<std::jthread> makers;
    for (std::string& id : ids) makers.emplace_back([this, &id] { id = *stable_instance_id(dir_, "orders"); });
  }
  for (const std::string& id : ids) EXPECT_EQ(id, ids.front());
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "kafka"), fs::directory_iterator()), 1) << "drafts left behind";
}

}  // namespace
}  // namespace weir::connectors::kafka
