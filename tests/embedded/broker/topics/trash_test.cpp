#include "embedded/broker/topics/trash.hpp"

#include "tests/embedded/broker/storage/fault_file_system.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace weir::embedded::broker::topics {
namespace {

class TrashTest : public ::testing::Test {
 protected:
  void fill(const std::string& topic, int partitions, int segments) {
    for (int p = 0; p < partitions; ++p) {
      const std::filesystem::path directory = std::filesystem::path("/t") / topic / std::to_string(p);
      ASSERT_TRUE(files_.make_directories(directory));
      for (int s = 0; s < segments; ++s) files_.put(directory / (std::to_string(s) + ".log"), "x");
    }
    trash_.add(std::filesystem::path("/t") / topic);
  }

  storage::FaultFileSystem files_;
  Trash trash_{files_};
};

TEST_F(TrashTest, RemovesAsMuchAsTheBudgetAllows) {
  fill("a.deleted", 2, 10);
  std::uint64_t before = files_.count(storage::FaultFileSystem::Operation::remove);
  trash_.step(5);
  EXPECT_LE(files_.count(storage::FaultFileSystem::Operation::remove), before + 5);
  EXPECT_FALSE(trash_.empty());
  for (int i = 0; i < 5; ++i) trash_.step(5);
  EXPECT_TRUE(trash_.empty());
  EXPECT_FALSE(files_.exists("/t/a.deleted").value());
}

TEST_F(TrashTest, OneStepMayFinishSeveral) {
  fill("a.deleted", 1, 1);
  fill("b.deleted", 1, 1);
  trash_.step(100);
  EXPECT_TRUE(trash_.empty());
  EXPECT_EQ(files_.list("/t").value(), std::vector<std::string>());
}

TEST_F(TrashTest, AFailureIsLeftToTheNextStartAndHoldsUpNobody) {
  fill("a.deleted", 1, 3);
  fill("b.deleted", 1, 3);
  files_.fail(storage::FaultFileSystem::Operation::remove, 2, EACCES);
  trash_.step(100);
  EXPECT_TRUE(trash_.empty());
  EXPECT_TRUE(files_.exists("/t/a.deleted").value());
  EXPECT_FALSE(files_.exists("/t/b.deleted").value());
}

TEST_F(TrashTest, AMissingDirectoryCountsAsRemoved) {
  trash_.add("/t/gone.deleted");
  trash_.step(1);
  EXPECT_TRUE(trash_.empty());
}

}  // namespace
}  // namespace weir::embedded::broker::topics
