#include "testkit/effects.hpp"

#include <algorithm>

namespace weir::testkit {

namespace kf = connectors::kafka;
namespace es = connectors::eventstoredb;

namespace {

constexpr std::string_view kStream = "stream ";

// Which log the event came from, as its metadata says: the origin, up to its offset.
std::string log_of(const std::string& metadata) {
  const std::size_t origin = metadata.find("\"origin\":");
  const std::size_t offset = metadata.find("\"offset\":", origin == std::string::npos ? 0 : origin);
  if (origin == std::string::npos || offset == std::string::npos) return "events";
  return metadata.substr(origin, offset - origin);
}

Effect effect_of(const es::RecordedEvent& event) {
  const std::string id = event.id.str();
  return {id + event.type + event.data, log_of(event.metadata), event.type + " " + id};
}

bool tells_of_the_attempt(const std::string& header) {
  return header.starts_with("weir-") || header.starts_with("kafka_dlt-exception");
}

Effect effect_of(const kf::FakeRecord& record, Partition partition) {
  Effect effect;
  if (record.key) effect.order = std::to_string(partition) + ":" + *record.key;
  effect.identity = effect.order + '\0' + record.payload.value_or(std::string());
  for (const auto& [name, value] : record.headers) {
    if (!tells_of_the_attempt(name)) effect.identity += '\0' + name + '\0' + value.value_or(std::string());
  }
  effect.display = record.payload.value_or("null").substr(0, 60);
  return effect;
}

// Without its headers, which tell of attempts and their times.
Effect effect_of(const std::string& line) {
  std::string identity = line;
  const std::size_t headers = identity.find(",\"headers\":");
  const std::size_t payload = identity.find("],\"payload", headers == std::string::npos ? 0 : headers);
  if (headers != std::string::npos && payload != std::string::npos) identity.erase(headers, payload + 1 - headers);
  return {identity, "lines", identity.substr(0, 60)};
}

std::map<std::string, std::size_t> count_identities(const std::vector<Effect>& effects) {
  std::map<std::string, std::size_t> counts;
  for (const Effect& effect : effects) ++counts[effect.identity];
  return counts;
}

// The first occurrences, by order.
std::map<std::string, std::vector<const Effect*>> in_order(const std::vector<Effect>& effects) {
  std::map<std::string, std::vector<const Effect*>> sequences;
  std::set<std::string> seen;
  for (const Effect& effect : effects) {
    if (!effect.order.empty() && seen.insert(effect.identity).second) sequences[effect.order].push_back(&effect);
  }
  return sequences;
}

std::string broken_here(const std::string& place, const std::vector<Effect>& expected, const std::vector<Effect>& got) {
  const std::map<std::string, std::size_t> wanted = count_identities(expected);
  const std::map<std::string, std::size_t> found = count_identities(got);
  for (const Effect& effect : expected) {
    const auto its = found.find(effect.identity);
    if (its == found.end() || its->second < wanted.at(effect.identity))
      return "no loss: " + place + " lacks " + effect.display;
  }
  for (const Effect& effect : got) {
    const auto its = wanted.find(effect.identity);
    if (its == wanted.end())
      return "nothing else: " + place + " has what no run without a crash writes: " + effect.display;
    if (place.starts_with(kStream) && found.at(effect.identity) > its->second)
      return "no double effect: " + place + " has " + std::to_string(found.at(effect.identity)) + " times " +
             effect.display;
  }
  const auto sequences = in_order(expected);
  const auto others = in_order(got);
  for (const auto& [order, sequence] : sequences) {
    const std::vector<const Effect*>& other = others.at(order);
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      if (*sequence[i] == *other[i]) continue;
      return "no reorder: in " + place + ", " + other[i]->display + " comes before " + sequence[i]->display;
    }
  }
  return {};
}

}  // namespace

TopicSizes topic_sizes(World& world) {
  TopicSizes sizes;
  for (const std::string& broker : world.kafkas()) {
    kf::FakeKafka& kafka = world.kafka(broker);
    for (const std::string& topic : kafka.topics()) {
      for (Partition p = 0; p < kafka.partitions(topic); ++p)
        sizes[broker + "/" + topic + "/" + std::to_string(p)] = kafka.records(topic, p).size();
    }
  }
  return sizes;
}

Effects effects_of(World& world, const TopicSizes& before, const TopicsAt& read) {
  Effects effects;
  for (const std::string& name : world.stores()) {
    es::FakeStore& store = world.store(name);
    for (const std::string& stream : store.streams()) {
      std::vector<Effect>& place = effects[std::string(kStream) + stream];
      for (const es::RecordedEvent& event : store.stream(stream)) place.push_back(effect_of(event));
    }
  }
  const std::vector<std::string> brokers = world.kafkas();
  for (const std::string& broker : brokers) {
    kf::FakeKafka& kafka = world.kafka(broker);
    for (const std::string& topic : kafka.topics()) {
      if (read.contains({broker, topic})) continue;
      std::vector<Effect>& place = effects["topic " + topic + (brokers.size() > 1 ? " of " + broker : "")];
      for (Partition p = 0; p < kafka.partitions(topic); ++p) {
        const std::vector<kf::FakeRecord> records = kafka.records(topic, p);
        const auto old = before.find(broker + "/" + topic + "/" + std::to_string(p));
        for (std::size_t i = old == before.end() ? 0 : old->second; i < records.size(); ++i)
          place.push_back(effect_of(records[i], p));
      }
    }
  }
  for (const auto& [path, file] : world.files()) {
    for (const std::string& line : file.lines()) effects["file " + path].push_back(effect_of(line));
  }
  for (const std::string& line : world.standard_output().lines()) effects["stdout"].push_back(effect_of(line));
  return effects;
}

std::string broken_promise(const Effects& expected, const Effects& got) {
  static const std::vector<Effect> none;
  std::set<std::string> places;
  for (const auto& [place, list] : expected) places.insert(place);
  for (const auto& [place, list] : got) places.insert(place);
  const auto at = [](const Effects& effects, const std::string& place) -> const std::vector<Effect>& {
    const auto found = effects.find(place);
    return found == effects.end() ? none : found->second;
  };
  for (const std::string& place : places) {
    std::string broken = broken_here(place, at(expected, place), at(got, place));
    if (!broken.empty()) return broken;
  }
  return {};
}

}  // namespace weir::testkit
