#include "pipeline/control/own_letters.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

PipelinePlan plan(const std::string& reads_at, const std::string& letters_to) {
  PipelinePlan made;
  made.name = "main";
  made.source.description.uses = {Use::topic("^.*", reads_at, Use::How::reads, false)};
  made.sinks.emplace_back("dlq", ComponentPlan{});
  made.sinks[0].second.description.uses = {Use::connection("main", "kafka", Use::How::writes),
                                           Use::topic(letters_to, "main", Use::How::writes, false)};
  made.dlq = 0;
  return made;
}

struct Letter {
  std::string topic = "orders.dlq";  // where it was read
  std::string pipeline = "main";
  std::string original = "orders";
  std::string read_from = {};

  bool is_own(const PipelinePlan& of) const {
    const std::function<bool(const Message&)> recognise = recognise_own_letters(of);
    if (!recognise) return false;
    std::vector<Header> headers = {{"weir-pipeline", pipeline}, {"kafka_dlt-original-topic", original}};
    if (!read_from.empty()) headers.push_back({"weir-read-from", read_from});
    Message message;
    message.headers = headers;
    message.origin.topic = topic;
    return recognise(message);
  }
};

TEST(OwnLettersTest, OneIsReadWhereThisPipelinePutsThem) {
  const PipelinePlan constant = plan("main", "orders.dlq");
  EXPECT_TRUE(Letter{}.is_own(constant));
  EXPECT_TRUE((Letter{.original = "payments"}.is_own(constant)));
  EXPECT_TRUE(Letter{}.is_own(plan("main", "{topic}.dlq")));
  EXPECT_TRUE((Letter{.topic = "orders.dlq.dlq", .read_from = "orders.dlq/0/7"}.is_own(plan("main", "{topic}.dlq"))));
}

TEST(OwnLettersTest, AnythingElseIsNone) {
  const PipelinePlan by_topic = plan("main", "{topic}.dlq");
  EXPECT_FALSE((Letter{.pipeline = "other"}.is_own(by_topic)));
  EXPECT_FALSE((Letter{.topic = "orders"}.is_own(by_topic))) << "copied back by hand: it is to be tried again";
  EXPECT_FALSE((Letter{.topic = "payments.dlq"}.is_own(by_topic)));
  EXPECT_FALSE((Letter{.topic = "orders"}.is_own(plan("main", "orders.dlq"))));
  EXPECT_FALSE(Letter{}.is_own(plan("elsewhere", "orders.dlq"))) << "a topic of that name in another cluster";
  EXPECT_FALSE(Letter{}.is_own(plan("main", "{event_type}")));
  PipelinePlan without = plan("main", "orders.dlq");
  without.dlq = kNoSink;
  EXPECT_FALSE(Letter{}.is_own(without));
}

}  // namespace
}  // namespace weir
