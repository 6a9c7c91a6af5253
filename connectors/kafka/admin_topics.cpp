// Admin's orders about topics.
#include "connectors/kafka/admin_impl.hpp"

#include <algorithm>

namespace weir::connectors::kafka {

namespace {

using WantedTopic = std::unique_ptr<rd_kafka_NewTopic_t, rdkafka::Freed<&rd_kafka_NewTopic_destroy>>;
using UnwantedTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, rdkafka::Freed<&rd_kafka_DeleteTopic_destroy>>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, rdkafka::Freed<&rd_kafka_ConfigResource_destroy>>;

std::vector<TopicOutcome> to_outcomes(const Admin::Impl& impl, const rd_kafka_topic_result_t** results,
                                      std::size_t count) {
  std::vector<TopicOutcome> outcomes;
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    TopicOutcome outcome{rd_kafka_topic_result_name(results[i]), std::nullopt};
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      outcome.error = impl.error(code, rd_kafka_topic_result_error_string(results[i]));
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

template <class Owner>
auto raw_pointers(const std::vector<Owner>& owners) {
  std::vector<typename Owner::pointer> list;
  for (const Owner& owner : owners) list.push_back(owner.get());
  return list;
}

Result<WantedTopic> to_wanted(const TopicOrder& order) {
  char why[256] = "";
  WantedTopic topic(rd_kafka_NewTopic_new(order.name.c_str(), order.partitions, order.replication, why, sizeof(why)));
  if (topic == nullptr) return Error(Errc::invalid_argument, "topic '" + order.name + "': " + why);
  for (const auto& [name, value] : order.settings) {
    if (rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str()) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Error(Errc::invalid_argument, "topic '" + order.name + "': the setting '" + name + "' cannot be sent");
  }
  return topic;
}

}  // namespace

Result<std::vector<TopicOutcome>> Admin::create_topics(const std::vector<TopicOrder>& orders) {
  std::vector<WantedTopic> wanted;
  for (const TopicOrder& order : orders) {
    Result<WantedTopic> topic = to_wanted(order);
    if (topic.has_error()) return topic.error();
    wanted.push_back(std::move(*topic));
  }
  std::vector<rd_kafka_NewTopic_t*> list = raw_pointers(wanted);
  Result<rdkafka::Event> answer = admin::ask(
      *impl_, RD_KAFKA_ADMIN_OP_CREATETOPICS, [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_CreateTopics(impl_->client.get(), list.data(), list.size(), options, queue);
      });
  if (answer.has_error()) return answer.error();
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer->get()), &count);
  return to_outcomes(*impl_, results, count);
}

Result<std::vector<TopicOutcome>> Admin::remove_topics(const std::vector<std::string>& names) {
  std::vector<UnwantedTopic> unwanted;
  for (const std::string& name : names) unwanted.emplace_back(rd_kafka_DeleteTopic_new(name.c_str()));
  std::vector<rd_kafka_DeleteTopic_t*> list = raw_pointers(unwanted);
  Result<rdkafka::Event> answer = admin::ask(
      *impl_, RD_KAFKA_ADMIN_OP_DELETETOPICS, [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_DeleteTopics(impl_->client.get(), list.data(), list.size(), options, queue);
      });
  if (answer.has_error()) return answer.error();
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(answer->get()), &count);
  return to_outcomes(*impl_, results, count);
}

Result<std::vector<TopicSetting>> Admin::topic_settings(const std::string& name) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  rd_kafka_ConfigResource_t* asked = resource.get();
  Result<rdkafka::Event> answer = admin::ask(*impl_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
                                             [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                                               rd_kafka_DescribeConfigs(impl_->client.get(), &asked, 1, options, queue);
                                             });
  if (answer.has_error()) return answer.error();
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** const resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(answer->get()), &count);
  std::vector<TopicSetting> settings;
  if (count == 0) return settings;
  const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resources[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return impl_->error(code, rd_kafka_ConfigResource_error_string(resources[0])).with_context("topic '" + name + "'");
  const rd_kafka_ConfigEntry_t** const entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    TopicSetting setting;
    setting.name = rd_kafka_ConfigEntry_name(entries[i]);
    if (const char* value = rd_kafka_ConfigEntry_value(entries[i]); value != nullptr) setting.value = value;
    // Set for this topic; what the broker's own configuration says counts as a default here.
    setting.is_default = rd_kafka_ConfigEntry_source(entries[i]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
    setting.secret = rd_kafka_ConfigEntry_is_sensitive(entries[i]) == 1;
    settings.push_back(std::move(setting));
  }
  std::ranges::sort(settings, {}, &TopicSetting::name);
  return settings;
}

namespace admin {

Options make_options(const Admin::Impl& impl, rd_kafka_admin_op_t operation) {
  char why[256] = "";
  Options options(rd_kafka_AdminOptions_new(impl.client.get(), operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), impl.patience_ms(), why, sizeof(why));
  // Where the operation knows it: how long the broker may take. Others refuse it, which does no harm.
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), impl.patience_ms(), why, sizeof(why));
  return options;
}

Result<rdkafka::Event> answer_to(const Admin::Impl& impl, const rdkafka::Queue& queue) {
  constexpr int kGraceMs = 1000;  // librdkafka's own timer comes first
  rdkafka::Event event(rd_kafka_queue_poll(queue.get(), impl.patience_ms() + kGraceMs));
  if (event == nullptr) return impl.error(RD_KAFKA_RESP_ERR__TIMED_OUT);
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return impl.error(code, rd_kafka_event_error_string(event.get()));
  return event;
}

}  // namespace admin

}  // namespace weir::connectors::kafka
