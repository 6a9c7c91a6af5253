#include "embedded/broker/topics/offline_log.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using wire::ErrorCode;

TEST(OfflineLog, AnswersKafkaStorageErrorToEverything) {
  const std::unique_ptr<storage::PartitionLog> log = make_offline_log(7);
  EXPECT_TRUE(log->failed());
  EXPECT_EQ(log->leader_epoch(), 7);
  EXPECT_EQ(log->append("x").error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(log->read(0, 1, true).error, ErrorCode::kafka_storage_error);
  EXPECT_EQ(log->delete_before(0).error, ErrorCode::kafka_storage_error);
  std::optional<ErrorCode> durable;
  log->when_durable(1, [&](ErrorCode code) { durable = code; });
  EXPECT_EQ(durable, ErrorCode::kafka_storage_error);
  EXPECT_NE(log->watch([] {}), nullptr);
  EXPECT_FALSE(log->close());
}

}  // namespace
}  // namespace weir::embedded::broker::topics
