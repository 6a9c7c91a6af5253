#include "connectors/kafka/advice.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace weir::connectors::kafka::rdkafka {

namespace {

std::string_view advice_for_code(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return "no broker can be reached; weir keeps trying. Check the address and that the broker runs";
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return "the broker's name cannot be resolved; weir keeps trying";
    case RD_KAFKA_RESP_ERR__TRANSPORT:
      return "the connection to the broker broke or was refused; weir keeps trying";
    case RD_KAFKA_RESP_ERR__SSL:
      return "the TLS handshake failed; check the authorities and certificates of the connection";
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return "the broker refused the credentials; check mechanism, user name and password of the connection";
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      return "the topic does not exist; create it, or correct its name (weir creates no topics)";
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      return "another process uses the same instance_id in this group; give each process its own";
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
      return "the consumer was not served for too long and left the group; it joins again";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "the user may not do that; ask for the ACL";
    default:
      return {};
  }
}

// What librdkafka 2.0 says, and what it means for a configuration. The first that fits.
struct Symptom {
  std::string_view said;
  std::string_view advice;
};
constexpr std::string_view kNoTls =
    "that port does not speak TLS, as it seems; set tls: { enabled: false } in the connection, or name the broker's "
    "TLS port";
constexpr std::string_view kWantsTls =
    "that port speaks TLS, as it seems; set tls: { enabled: true } in the connection, or name a port without TLS";
constexpr std::array kSymptoms{
    Symptom{"wrong version number", kNoTls},
    Symptom{"unexpected eof while reading", kNoTls},
    Symptom{"connecting to a PLAINTEXT broker listener", kNoTls},
    Symptom{
        "connecting to a SSL listener",
        "whoever listens there hung up before it answered: the port may want TLS (tls: { enabled: true }), or be no "
        "Kafka broker's"},
    Symptom{"might require SASL authentication",
            "the broker hung up at once: it may want a user name and a password; give the connection a 'sasl'"},
    Symptom{
        "not valid in current SASL state",
        "the broker wants no user name and password on that port; leave 'sasl' out of the connection, or name the port "
        "where it wants them"},
    Symptom{
        "Unsupported SASL mechanism",
        "the broker does not take that mechanism; choose one of those it supports as the connection's sasl mechanism"},
    Symptom{"ApiVersionRequest failed",
            "whoever listens there does not answer as a Kafka broker does; check host and port"},
};

// Its first four bytes are the size of a Kafka answer; of other protocols they are the beginning of something else.
std::optional<std::string> advice_for_strange_answer(std::string_view said) {
  constexpr std::string_view kSize = "Invalid response size ";
  const std::size_t at = said.find(kSize);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = said.substr(at + kSize.size());
  std::int32_t size = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), size);
  constexpr std::int32_t kHttp = 0x48545450;      // "HTTP"
  constexpr std::int32_t kTlsRecord = 0x1503'00;  // an alert, and the first byte of the version
  if (size == kHttp) return "an HTTP server answers there, and no Kafka broker; check host and port";
  if ((size >> 8 & 0xffff00) == kTlsRecord) return std::string(kWantsTls);
  return "whatever answers there does not speak Kafka's protocol; check host and port";
}

}  // namespace

std::string advice_for(rd_kafka_resp_err_t code, std::string_view said) {
  if (std::optional<std::string> advice = advice_for_strange_answer(said)) return *std::move(advice);
  for (const Symptom& symptom : kSymptoms) {
    if (said.find(symptom.said) != std::string_view::npos) return std::string(symptom.advice);
  }
  return std::string(advice_for_code(code));
}

std::string_view missing_topic_in(std::string_view said) {
  constexpr std::string_view kComplaint = "Subscribed topic not available: ";
  if (!said.starts_with(kComplaint)) return {};
  said.remove_prefix(kComplaint.size());
  return said.substr(0, said.find(": "));
}

}  // namespace weir::connectors::kafka::rdkafka
