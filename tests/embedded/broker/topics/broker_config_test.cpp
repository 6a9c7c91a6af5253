#include "embedded/broker/topics/broker_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::embedded::broker::topics {
namespace {

std::string value_of(const BrokerConfigView& view, std::string_view name) {
  for (const BrokerSetting& setting : broker_settings(view)) {
    if (setting.name == name) return setting.value;
  }
  return "not there";
}

TEST(BrokerConfig, ShowsWhatTheServerWasStartedWith) {
  BrokerConfigView view;
  view.listeners = "PLAINTEXT://127.0.0.1:9092";
  view.log_dirs = "/var/lib/broker";
  view.default_partitions = 6;
  view.auto_create_topics = false;
  view.idle_timeout = std::chrono::minutes(2);
  EXPECT_EQ(value_of(view, "listeners"), "PLAINTEXT://127.0.0.1:9092");
  EXPECT_EQ(value_of(view, "advertised.listeners"), "PLAINTEXT://127.0.0.1:9092");
  EXPECT_EQ(value_of(view, "log.dirs"), "/var/lib/broker");
  EXPECT_EQ(value_of(view, "num.partitions"), "6");
  EXPECT_EQ(value_of(view, "auto.create.topics.enable"), "false");
  EXPECT_EQ(value_of(view, "connections.max.idle.ms"), "120000");
  EXPECT_EQ(value_of(view, "broker.id"), "1");
  EXPECT_EQ(value_of(view, "log.retention.hours"), "168");
  EXPECT_EQ(value_of(view, "log.segment.bytes"), "134217728");
  view.advertised_listeners = "PLAINTEXT://broker:9092";
  EXPECT_EQ(value_of(view, "advertised.listeners"), "PLAINTEXT://broker:9092");
}

TEST(BrokerConfig, EveryNameStandsOnceInOrder) {
  const std::vector<BrokerSetting> all = broker_settings({});
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name <= b.name; }));
  for (const BrokerSetting& setting : all) EXPECT_FALSE(setting.documentation.empty()) << setting.name;
}

}  // namespace
}  // namespace weir::embedded::broker::topics
