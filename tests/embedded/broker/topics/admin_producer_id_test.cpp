#include "tests/embedded/broker/topics/admin_fixture.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::broker::topics {
namespace {

using wire::ErrorCode;

class AdminProducerIdTest : public AdminFixture {
 protected:
  wire::InitProducerIdResponse init(std::int64_t id = -1, std::int16_t epoch = -1) {
    wire::InitProducerIdRequest request;
    request.producer_id = id;
    request.producer_epoch = epoch;
    return admin().init_producer_id(version(4), request);
  }
};

TEST_F(AdminProducerIdTest, EachGetsAnIdOfItsOwn) {
  const auto first = init();
  const auto second = init();
  EXPECT_EQ(first.error_code, ErrorCode::none);
  EXPECT_EQ(first.producer_epoch, 0);
  EXPECT_NE(first.producer_id, second.producer_id);
  lose_power_and_start();
  EXPECT_GT(init().producer_id, second.producer_id);
}

TEST_F(AdminProducerIdTest, ACurrentIdGetsTheNextEpoch) {
  const std::int64_t id = init().producer_id;
  const auto bumped = init(id, 0);
  EXPECT_EQ(bumped.producer_id, id);
  EXPECT_EQ(bumped.producer_epoch, 1);
  EXPECT_EQ(init(id, 32765).producer_epoch, 32766);
}

TEST_F(AdminProducerIdTest, UsedUpEpochsAndForeignIdsGetANewId) {
  const std::int64_t id = init().producer_id;
  for (const auto& fresh : {init(id, 32766), init(id, 32767), init(id + 1'000'000, 3)}) {
    EXPECT_EQ(fresh.error_code, ErrorCode::none);
    EXPECT_GT(fresh.producer_id, id);
    EXPECT_LT(fresh.producer_id, id + 10);
    EXPECT_EQ(fresh.producer_epoch, 0);
  }
}

TEST_F(AdminProducerIdTest, HalfAnIdIsRefused) {
  for (const auto& refused : {init(5, -1), init(-1, 5), init(-2, -1), init(-2, -2)}) {
    EXPECT_EQ(refused.error_code, ErrorCode::invalid_request);
    EXPECT_EQ(refused.producer_id, -1);
    EXPECT_EQ(refused.producer_epoch, -1);
  }
}

TEST_F(AdminProducerIdTest, TransactionsAreRefusedForGood) {
  wire::InitProducerIdRequest request;
  request.transactional_id = "payments";
  EXPECT_EQ(admin().init_producer_id(version(4), request).error_code, ErrorCode::transactional_id_authorization_failed);
}

TEST_F(AdminProducerIdTest, AFailingDiskIsTold) {
  files_.fail(Operation::sync, 1, EIO);
  EXPECT_EQ(init().error_code, ErrorCode::kafka_storage_error);
}

}  // namespace
}  // namespace weir::embedded::broker::topics
