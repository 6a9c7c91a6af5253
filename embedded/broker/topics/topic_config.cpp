#include "embedded/broker/topics/topic_config.hpp"

#include "embedded/broker/topics/topic_name.hpp"
#include "embedded/broker/topics/topic_setting.hpp"

namespace weir::embedded::broker::topics {

namespace {

// Longer times are for ever, and would not fit into nanoseconds.
constexpr std::chrono::milliseconds kForEver = std::chrono::hours(24 * 365 * 100);

// Nothing for a negative number, and for text that an older or newer version let pass.
std::optional<std::int64_t> number_of(const TopicConfig& config, std::string_view name) {
  const std::optional<std::int64_t> number = parse_int64(config.value(name));
  return number && *number >= 0 ? number : std::nullopt;
}

bool has_entry(std::string_view list, std::string_view wanted) {
  bool found = false;
  for_each_entry(list, [&](std::string_view entry) { found = found || entry == wanted; });
  return found;
}

// Kafka's log.retention.check.interval.ms: records that arrive old, a replay, can be read before they go.
constexpr Duration kRetentionCheck = std::chrono::minutes(5);

}  // namespace

std::optional<std::string> TopicConfig::check() const {
  for (const auto& [name, value] : values) {
    const TopicSetting* setting = find_topic_setting(name);
    if (setting == nullptr) return "A topic has no setting " + in_quotes(name) + ".";
    if (std::optional<std::string> fault = check_value(*setting, value)) return fault;
  }
  return std::nullopt;
}

std::string_view TopicConfig::value(std::string_view name) const {
  if (const auto found = values.find(name); found != values.end()) return found->second;
  const TopicSetting* setting = find_topic_setting(name);
  return setting == nullptr ? std::string_view() : setting->default_value;
}

storage::LogSettings TopicConfig::log_settings(storage::Fsync fsync) const {
  storage::LogSettings settings;
  settings.fsync = fsync;
  settings.retention_check = kRetentionCheck;
  if (const auto bytes = number_of(*this, "segment.bytes")) settings.segment_bytes = static_cast<std::uint64_t>(*bytes);
  if (const auto age = number_of(*this, "segment.ms")) {
    settings.segment_age = std::min(std::chrono::milliseconds(*age), kForEver);
  }
  const auto keep = number_of(*this, "retention.ms");
  settings.retention.reset();
  if (keep && std::chrono::milliseconds(*keep) <= kForEver) settings.retention = std::chrono::milliseconds(*keep);
  const auto keep_bytes = number_of(*this, "retention.bytes");
  settings.retention_bytes.reset();
  if (keep_bytes) settings.retention_bytes = static_cast<std::uint64_t>(*keep_bytes);
  if (const auto bytes = number_of(*this, "max.message.bytes")) {
    settings.max_batch_bytes = static_cast<std::uint32_t>(*bytes);
  }
  if (!has_entry(value("cleanup.policy"), "delete")) {
    settings.retention.reset();
    settings.retention_bytes.reset();
  }
  settings.append_time = trimmed(value("message.timestamp.type")) == "LogAppendTime";
  return settings;
}

}  // namespace weir::embedded::broker::topics
