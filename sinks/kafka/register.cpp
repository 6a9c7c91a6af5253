#include "sinks/kafka/register.hpp"

#include "connectors/kafka/connection.hpp"
#include "pipeline/parts/checked_by.hpp"
#include "pipeline/topology/registry.hpp"
#include "sinks/kafka/sink.hpp"

namespace weir::sinks::kafka {

namespace {

using connectors::kafka::KafkaConnection;

constexpr std::string_view kOriginalKey = "original";

struct KafkaSinkConfig {
  std::string connection;
  std::string topic;
  std::string key{kOriginalKey};
  std::vector<std::pair<std::string, std::string>> headers;
};

Result<Template> parse_key(std::string_view text) {
  return Template::parse(text, "key");
}

Result<SetHeader> parse_header(const std::string& name, const std::string& text) {
  SetHeader header{name, std::nullopt};
  if (text.empty()) return header;
  Result<Template> value = Template::parse(text, "header");
  if (value.has_error()) return value.error().with_context("header '" + name + "'");
  header.value = std::move(*value);
  return header;
}

std::string check_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  for (const auto& [name, text] : headers) {
    const Result<SetHeader> header = parse_header(name, text);
    if (header.has_error()) return header.error().message();
  }
  return {};
}

Spec<KafkaSinkConfig> kafka_sink_spec() {
  using C = KafkaSinkConfig;
  Spec<C> spec("Writes messages to Kafka topics with an idempotent producer; serves as `dlq`.");
  spec.option("connection", &C::connection, "Name of a `kafka` connection.").required();
  spec.option("topic", &C::topic,
              "Topic to write to: text with parts of the message in braces: " + part_list() +
                  "; `|lower` makes a part lower case. A message that lacks one of its parts is dead-lettered. As "
                  "`dlq` it had "
                  "better have no header:NAME: a dead letter that is too large loses its record's headers, and without "
                  "its topic it ends the pipeline.")
      .required()
      .check(checked_by(&TopicName::parse))
      .example("{topic}.dlq");
  spec.option("key", &C::key,
              "Key of the record: `original` is the message's own, byte for byte; else a template as for topic.")
      .check(checked_by(&parse_key))
      .example("{aggregate_id}");
  spec.option(
          "headers", &C::headers,
          "Headers to set, each a template as for topic: they take the place of the message's own of that name. Where "
          "a message lacks a part, its own header stays as it is.")
      .check(&check_headers)
      .example("{ event-type: \"{event_type}\" }");
  return spec;
}

Description describe_sink(const KafkaSinkConfig& config, const FindDescription&) {
  Description description;
  description.uses.push_back(Use::connection(config.connection, "kafka", Use::How::writes));
  const Result<TopicName> topic = TopicName::parse(config.topic);
  const bool is_exact = topic.has_value() && topic->constant().has_value();
  description.uses.push_back(Use::topic(config.topic, config.connection, Use::How::writes, is_exact));
  if (topic.has_value()) description.parts = topic->parts();
  if (const Result<Template> key = parse_key(config.key); key.has_value()) {
    for (std::string& part : key->parts()) description.parts.push_back(std::move(part));
  }
  description.stores_raw = true;
  using About = Statement::About;
  description
      .says(About::order,
            "Records of one topic and key are written in the order in which they were read; those without a key "
            "have no order among each other.")
      .says(About::redelivery, "It is written once more. The producer is idempotent: its own retries double nothing.")
      .says(About::stuck, "Later records of the same topic and key wait for one that cannot be written.");
  return description;
}

Result<std::unique_ptr<Sink>> make_sink(const KafkaSinkConfig& config, BuildContext& context) {
  Result<std::shared_ptr<KafkaConnection>> connection = context.connection<KafkaConnection>(config.connection);
  if (connection.has_error()) return connection.error();
  KafkaSinkSettings settings;
  Result<TopicName> topic = TopicName::parse(config.topic);
  if (topic.has_error()) return topic.error().with_context("topic");
  settings.topic = std::move(*topic);
  if (config.key != kOriginalKey) {
    Result<Template> key = parse_key(config.key);
    if (key.has_error()) return key.error().with_context("key");
    settings.key = std::move(*key);
  }
  for (const auto& [name, text] : config.headers) {
    Result<SetHeader> header = parse_header(name, text);
    if (header.has_error()) return header.error();
    settings.headers.push_back(std::move(*header));
  }
  if (const std::optional<std::string_view> constant = settings.topic.constant(); constant.has_value()) {
    const bool takes_letters = context.role == SinkRole::dead_letters;
    settings.find_topic = (*connection)->topic_finder(std::string(*constant), takes_letters);
  }
  settings.metrics = &context.metrics;
  return std::unique_ptr<Sink>(std::make_unique<KafkaSink>(std::move(settings), (*connection)->producer()));
}

}  // namespace

void register_kafka_sink(Registry& registry) {
  registry.add_sink<KafkaSinkConfig>("kafka", kafka_sink_spec(), &make_sink, &describe_sink);
}

}  // namespace weir::sinks::kafka
