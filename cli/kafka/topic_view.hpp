// How topics are shown by `weir topics ls` and `weir topics describe`.
#pragma once

#include "connectors/kafka/admin_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

struct TopicEntry {
  connectors::kafka::TopicInfo topic;
  std::optional<std::uint64_t> records;  // nothing: not asked for, or not known
};
std::string render_topics(const std::vector<TopicEntry>& entries, bool with_records, bool colours);
std::string render_topic_entry_json(const TopicEntry& entry);

struct TopicDetails {
  connectors::kafka::TopicInfo topic;
  std::vector<connectors::kafka::OffsetRange> ranges;  // per partition
  std::vector<connectors::kafka::TopicSetting> settings;
  bool all_settings = false;  // those that stand at their default, too
};
std::string render_topic(const TopicDetails& details, bool colours);
// One line.
std::string render_topic_json(const TopicDetails& details);

// end - start over all partitions; nothing when one of them is not known.
std::optional<std::uint64_t> count_records(const std::vector<connectors::kafka::OffsetRange>& ranges);

}  // namespace weir::cli
