#include "embedded/broker/topics/catalogue.hpp"

#include "embedded/broker/topics/records.hpp"
#include "embedded/broker/topics/topic_name.hpp"

namespace weir::embedded::broker::topics {

namespace {

template <class Record>
std::string encode(const Record& record) {
  Writer out;
  out.i16(Record::kNumber);
  write(out, 0, record);
  return std::move(out).take();
}

template <class Record>
bool decode(Reader& in, Record& record) {
  read(in, 0, record);
  return in.ok();
}

template <class Record>
void put(const TopicConfig& config, Record& record) {
  for (const auto& [name, value] : config.values) record.configs.push_back({name, value});
}

template <class Record>
TopicConfig take(Record& record) {
  TopicConfig config;
  for (auto& each : record.configs) config.values.insert_or_assign(std::move(each.name), std::move(each.value));
  return config;
}

Error contradiction(const std::string& what) {
  return Error(Errc::corrupt, "The journal of topics contradicts itself: " + what +
                                  ". Put back a copy of meta/topics.log, or start with an empty data directory.");
}

Error unreadable(std::int16_t number) {
  return Error(Errc::corrupt, "The journal of topics has an entry of kind " + std::to_string(number) +
                                  " that cannot be read though its checksum is right; a different version may have "
                                  "written it.");
}

Result<void> created(Catalogue& catalogue, TopicCreatedRecord& record) {
  if (check_topic_name(record.name) || record.partitions < 1) {
    return contradiction("it creates topic " + in_quotes(record.name) + " with " + std::to_string(record.partitions) +
                         " partitions, which cannot be");
  }
  if (catalogue.topics.contains(record.id) || catalogue.ids.contains(record.name)) {
    return contradiction("it creates topic " + in_quotes(record.name) + " twice");
  }
  catalogue.ids.emplace(record.name, record.id);
  catalogue.removed.erase(record.id);
  catalogue.topics.emplace(record.id, Catalogue::Entry{record.name, record.partitions, take(record)});
  return {};
}

Result<void> missing(const Uuid& id) {
  return contradiction("it changes topic " + id.str() + ", which is not there");
}

Result<void> replay_one(Catalogue& catalogue, Reader& in) {
  const std::int16_t number = in.i16();
  switch (number) {
    case TopicCreatedRecord::kNumber: {
      TopicCreatedRecord record;
      if (!decode(in, record)) return unreadable(number);
      return created(catalogue, record);
    }
    case TopicGrownRecord::kNumber: {
      TopicGrownRecord record;
      if (!decode(in, record)) return unreadable(number);
      const auto topic = catalogue.topics.find(record.id);
      if (topic == catalogue.topics.end()) return missing(record.id);
      if (record.partitions < topic->second.partitions) {
        return contradiction("it takes partitions away from topic " + in_quotes(topic->second.name));
      }
      topic->second.partitions = record.partitions;
      return {};
    }
    case TopicConfiguredRecord::kNumber: {
      TopicConfiguredRecord record;
      if (!decode(in, record)) return unreadable(number);
      const auto topic = catalogue.topics.find(record.id);
      if (topic == catalogue.topics.end()) return missing(record.id);
      topic->second.config = take(record);
      return {};
    }
    case TopicRemovedRecord::kNumber: {
      TopicRemovedRecord record;
      if (!decode(in, record)) return unreadable(number);
      // After a compaction only the removal is left, of a topic whose directory was still there.
      if (const auto topic = catalogue.topics.find(record.id); topic != catalogue.topics.end()) {
        catalogue.ids.erase(topic->second.name);
        catalogue.topics.erase(topic);
      }
      catalogue.removed.insert(record.id);
      return {};
    }
    case ProducerIdsReservedRecord::kNumber: {
      ProducerIdsReservedRecord record;
      if (!decode(in, record)) return unreadable(number);
      catalogue.next_producer_id = std::max(catalogue.next_producer_id, record.next);
      return {};
    }
    default:
      return Error(Errc::unsupported, "The journal of topics has an entry of kind " + std::to_string(number) +
                                          ", which this version does not know: start the newer one that wrote it.");
  }
}

}  // namespace

Result<void> Catalogue::replay(std::string_view entry) {
  Reader in(entry);
  do {
    if (Result<void> replayed = replay_one(*this, in); !replayed) return replayed;
  } while (!in.rest().empty());
  return {};
}

std::string topic_created(const Uuid& id, const std::string& name, std::int32_t partitions, const TopicConfig& config) {
  TopicCreatedRecord record{.id = id, .name = name, .partitions = partitions, .configs = {}};
  put(config, record);
  return encode(record);
}

std::string topic_grown(const Uuid& id, std::int32_t partitions) {
  return encode(TopicGrownRecord{.id = id, .partitions = partitions});
}

std::string topic_configured(const Uuid& id, const TopicConfig& config) {
  TopicConfiguredRecord record{.id = id, .configs = {}};
  put(config, record);
  return encode(record);
}

std::string topic_removed(const Uuid& id) {
  return encode(TopicRemovedRecord{.id = id});
}

std::string producer_ids_reserved(std::int64_t next) {
  return encode(ProducerIdsReservedRecord{.next = next});
}

}  // namespace weir::embedded::broker::topics
