// Catalogue: what the journal of topics says, entry by entry, before any log is opened.
#pragma once

#include "embedded/broker/topics/topic_config.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/base/uuid.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace weir::embedded::broker::topics {

// A value; entries are described in records.txt.
struct Catalogue {
  struct Entry {
    std::string name;
    std::int32_t partitions = 0;
    TopicConfig config;
  };

  std::map<Uuid, Entry> topics;
  std::map<std::string, Uuid, std::less<>> ids;
  std::set<Uuid> removed;             // topics whose directory may still be there
  std::int64_t next_producer_id = 0;  // no id from here on was ever given out

  // Called once per entry, in order. One entry may hold several records, which became durable together. A record that
  // contradicts the ones before it is Errc::corrupt, one of a kind that is not known here Errc::unsupported.
  Result<void> replay(std::string_view entry);
};

// The records; an entry is one of them, or several one behind the other.
std::string topic_created(const Uuid& id, const std::string& name, std::int32_t partitions, const TopicConfig& config);
std::string topic_grown(const Uuid& id, std::int32_t partitions);
std::string topic_configured(const Uuid& id, const TopicConfig& config);
std::string topic_removed(const Uuid& id);
std::string producer_ids_reserved(std::int64_t next);

}  // namespace weir::embedded::broker::topics
