#include "embedded/broker/topics/broker_config.hpp"

#include "embedded/broker/request_context.hpp"
#include "embedded/broker/topics/topic_setting.hpp"

#include <algorithm>

namespace weir::embedded::broker::topics {

namespace {

std::string milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string truth(bool value) {
  return value ? "true" : "false";
}

}  // namespace

std::vector<BrokerSetting> broker_settings(const BrokerConfigView& view) {
  using enum SettingType;
  std::vector<BrokerSetting> all;
  const auto add = [&](std::string_view name, std::string value, SettingType type, std::string_view documentation) {
    all.push_back({std::string(name), std::move(value), static_cast<std::int8_t>(type), std::string(documentation)});
  };
  const std::string node = std::to_string(kNodeId);
  const std::string& advertised = view.advertised_listeners.empty() ? view.listeners : view.advertised_listeners;
  const auto offsets_minutes = std::chrono::duration_cast<std::chrono::minutes>(view.offsets_retention).count();

  add("advertised.listeners", advertised, string, "The address that clients are told to dial.");
  add("auto.create.topics.enable", truth(view.auto_create_topics), boolean,
      "Whether a topic comes into being when a client asks for it.");
  add("broker.id", node, int32, "The number of the only node.");
  add("connections.max.idle.ms", milliseconds(view.idle_timeout), int64, "When an idle connection is closed.");
  add("default.replication.factor", "1", int32, "There is one node, so one replica.");
  add("delete.topic.enable", "true", boolean, "Topics can be deleted.");
  add("group.initial.rebalance.delay.ms", milliseconds(view.initial_rebalance_delay), int32,
      "How long an empty group waits for more members.");
  add("group.max.session.timeout.ms", milliseconds(view.max_session_timeout), int32,
      "The longest session a group member may ask for.");
  add("group.max.size", std::to_string(view.max_group_size), int32, "How many members a group may have.");
  add("group.min.session.timeout.ms", milliseconds(view.min_session_timeout), int32,
      "The shortest session a group member may ask for.");
  add("listeners", view.listeners, string, "Where the broker listens.");
  add("log.dirs", view.log_dirs, string, "The data directory.");
  add("log.retention.hours", "168", int32, "The default of log.retention.ms, in hours.");
  add("max.connections", std::to_string(view.max_connections), int32, "How many connections are served at once.");
  add("node.id", node, int32, "The number of the only node.");
  add("num.partitions", std::to_string(view.default_partitions), int32,
      "How many partitions a topic gets that does not say.");
  add("offsets.retention.minutes", std::to_string(offsets_minutes), int32,
      "How long the offsets of an empty group are kept.");
  add("offsets.topic.replication.factor", "1", int32, "There is one node, so one replica.");
  add("sasl.enabled.mechanisms", view.sasl_mechanisms, list, "How clients may authenticate.");
  add("socket.request.max.bytes", std::to_string(view.max_request_bytes), int32, "The largest request.");
  for (const TopicSetting& setting : topic_settings()) {
    if (setting.broker_name.empty()) continue;
    add(setting.broker_name, std::string(setting.default_value), setting.type, setting.documentation);
  }
  std::sort(all.begin(), all.end(), [](const BrokerSetting& a, const BrokerSetting& b) { return a.name < b.name; });
  return all;
}

}  // namespace weir::embedded::broker::topics
