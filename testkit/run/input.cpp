#include "testkit/run/input.hpp"

#include <algorithm>

namespace weir::testkit {

namespace {

std::string source_connection(const Topology& plan) {
  for (const Use& use : plan.pipelines.front().source.description.uses) {
    if (use.what == Use::What::connection) return use.name;
  }
  return {};
}

}  // namespace

World::Settings world_settings(const Case& test) {
  World::Settings settings;
  for (const Step& step : test.steps) {
    if (const Put* put = std::get_if<Put>(&step.what))
      settings.partitions = std::max(settings.partitions, put->record->partition + 1);
  }
  return settings;
}

Input::Input(World& world, const Topology& plan)
    : world_(world), broker_(world.kafka_name(source_connection(plan))), kafka_(world.kafka(broker_)) {}

void Input::make_topics(const Case& test) {
  const Partition partitions = world_settings(test).partitions;
  for (const Step& step : test.steps) {
    const Put* put = std::get_if<Put>(&step.what);
    if (put != nullptr && kafka_.partitions(put->record->topic) == 0)
      kafka_.create_topic(put->record->topic, partitions);
  }
}

void Input::put(const Put& put) {
  const InputRecord& record = *put.record;
  connectors::kafka::FakeRecord stored;
  stored.payload = record.value;
  stored.key = record.key;
  stored.headers = record.headers;
  const WallTime now = world_.clock().wall_now();
  stored.timestamp_ms = record.timestamp_ms.value_or(now.time_since_epoch().count());
  for (std::uint32_t i = 0; i < put.times; ++i) {
    const Offset offset = kafka_.produce(record.topic, record.partition, stored);
    records_.emplace(broker_, record.topic, record.partition, offset);
  }
}

}  // namespace weir::testkit
