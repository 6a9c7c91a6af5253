#include "connectors/kafka/delivery_waits.hpp"

#include "connectors/kafka/late_producer.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DeliveryWaitsTest : public ::testing::Test {
 protected:
  std::unique_ptr<DeliveryWait> wait(const std::string& name) {
    auto wait = std::make_unique<DeliveryWait>();
    wait->executor = io_.get_executor();
    wait->done = [this, name](const Result<Offset>& result) {
      told_.push_back(name + (result.has_value() ? "" : ": " + result.error().message()));
    };
    return wait;
  }
  // Nobody is told from within a call.
  std::vector<std::string> told() {
    io_.restart();
    io_.run();
    return std::exchange(told_, {});
  }

  boost::asio::io_context io_{1};
  std::vector<std::string> told_;
};

TEST_F(DeliveryWaitsTest, WhoeverIsLeftIsToldOnce) {
  DeliveryWaits waits;
  std::vector<DeliveryWait*> sent;
  for (const char* name : {"a", "b", "c", "d"}) sent.push_back(waits.add(wait(name)));
  tell(waits.take(sent[1]), Offset{7});  // from the middle, an end, the other end
  tell(waits.take(sent[3]), Offset{8});
  EXPECT_THAT(told(), ElementsAre("b", "d"));
  EXPECT_EQ(waits.tell_all(Error(Errc::unknown_outcome, "no report")), 2u);
  EXPECT_THAT(told(), ElementsAre("c: no report", "a: no report"));
  EXPECT_EQ(waits.tell_all(Error(Errc::unknown_outcome, "no report")), 0u);
  tell(waits.take(waits.add(wait("e"))), Offset{9});
  EXPECT_THAT(told(), ElementsAre("e"));
}

TEST_F(DeliveryWaitsTest, WhatIsOnItGoesWithIt) {
  {
    DeliveryWaits waits;
    waits.add(wait("a"));
    waits.add(wait("b"));
  }
  EXPECT_THAT(told(), IsEmpty());
}

class OpeningProducer final : public ProducerClient {
 public:
  explicit OpeningProducer(bool opens) : opens_(opens) {}
  Result<void> open() override {
    if (opens_) return Result<void>();
    return Error(Errc::unavailable, "no address yet");
  }
  void produce(const OutRecord&, const Executor&, DeliveryHandler) override {}
  void close(Duration) override {}

 private:
  const bool opens_;
};

TEST(LateProducerTest, OneThatDidNotOpenIsMadeAnewByTheNextOpen) {
  int made = 0;
  const std::shared_ptr<ProducerClient> late =
      make_late_producer([&made] { return std::make_shared<OpeningProducer>(++made == 2); });
  EXPECT_TRUE(late->open().has_error());
  EXPECT_TRUE(late->open().has_value());
  EXPECT_TRUE(late->open().has_value());
  EXPECT_EQ(made, 2);
}

}  // namespace
}  // namespace weir::connectors::kafka
