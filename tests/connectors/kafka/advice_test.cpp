#include "connectors/kafka/advice.hpp"

#include <gmock/gmock.h>

namespace weir::connectors::kafka::rdkafka {
namespace {

using ::testing::HasSubstr;

// As librdkafka 2.0.2 said it of a plain port, a TLS port, one that wants a user or none, an HTTP server, a server that
// says nothing.
TEST(KafkaAdviceTest, WhatIsLikelyWrongIsToldFromTheText) {
  const std::tuple<rd_kafka_resp_err_t, const char*, const char*> cases[] = {
      {RD_KAFKA_RESP_ERR__SSL,
       "ssl://127.0.0.1:9092/bootstrap: SSL handshake failed: ssl/record/ssl3_record.c:354: error:0A00010B:SSL "
       "routines::wrong version number",
       "does not speak TLS"},
      {RD_KAFKA_RESP_ERR__SSL,
       "ssl://127.0.0.1:9092/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while "
       "reading",
       "set tls: { enabled: false }"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "ssl://127.0.0.1:9092/bootstrap: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
       "does not speak TLS"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "127.0.0.1:9093/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect "
       "security.protocol configuration (connecting to a SSL listener?) or broker version is < 0.10",
       "may want TLS"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "127.0.0.1:9092/1: Disconnected: verify that security.protocol is correctly configured, broker might require "
       "SASL "
       "authentication",
       "give the connection a 'sasl'"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "sasl_plaintext://127.0.0.1:9092/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Request not valid in "
       "current SASL state: broker's supported mechanisms: ",
       "wants no user name and password"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "sasl_plaintext://127.0.0.1:9092/bootstrap: SASL SCRAM-SHA-256 mechanism handshake failed: Broker: Unsupported "
       "SASL "
       "mechanism: broker's supported mechanisms: PLAIN",
       "does not take that mechanism"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication failed", "refused the credentials"},
      {RD_KAFKA_RESP_ERR__BAD_MSG,
       "127.0.0.1:80/bootstrap: Receive failed: Invalid response size 1213486160 (0..100000000): increase "
       "receive.message.max.bytes",
       "an HTTP server answers there"},
      {RD_KAFKA_RESP_ERR__BAD_MSG,
       "127.0.0.1:9093/bootstrap: Receive failed: Invalid response size 352518912 (0..100000000): increase "
       "receive.message.max.bytes",
       "that port speaks TLS"},
      {RD_KAFKA_RESP_ERR__BAD_MSG, "Invalid response size -1", "does not speak Kafka's protocol"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "127.0.0.1:22/bootstrap: ApiVersionRequest failed: Local: Timed out: probably due to broker version < 0.10",
       "does not answer as a Kafka broker does"},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused",
       "weir keeps trying"},
  };
  for (const auto& [code, said, advice] : cases) EXPECT_THAT(advice_for(code, said), HasSubstr(advice)) << said;
  EXPECT_EQ(advice_for(RD_KAFKA_RESP_ERR_UNKNOWN, "Unknown broker error"), "");
}

TEST(KafkaAdviceTest, AnErrorHasTheAdviceAndWhatWasSaid) {
  EXPECT_EQ(to_error(RD_KAFKA_RESP_ERR__RESOLVE, "no such host", "kafka:9092").message(),
            "Kafka at kafka:9092: the broker's name cannot be resolved; weir keeps trying (no such host)");
  EXPECT_EQ(to_error(RD_KAFKA_RESP_ERR_UNKNOWN, "odd", "kafka:9092").message(), "Kafka at kafka:9092: odd");
}

TEST(KafkaAdviceTest, TheTopicThatASubscriptionLacks) {
  EXPECT_EQ(missing_topic_in("Subscribed topic not available: orders.v1: Broker: Unknown topic or partition"),
            "orders.v1");
  EXPECT_EQ(missing_topic_in("Unknown topic: orders"), "");
  EXPECT_EQ(missing_topic_in(""), "");
}

}  // namespace
}  // namespace weir::connectors::kafka::rdkafka
