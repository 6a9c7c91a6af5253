// TopicSetting: the settings that a topic can have, under Kafka's names, in one table.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::embedded::broker::topics {

// Kafka's numbers of the types, as DescribeConfigs tells them.
enum class SettingType : std::int8_t { boolean = 1, string = 2, int32 = 3, int64 = 5, real = 6, list = 7 };

// Static data. `effective` false: the value is kept and shown, so that tools which set it work, but changes nothing
// here; the documentation says so.
struct TopicSetting {
  std::string_view name = {};
  std::string_view broker_name = {};  // what the broker's default for it is called
  SettingType type = SettingType::string;
  std::string_view default_value = {};
  bool effective = true;
  double least = 0;  // bounds of numbers
  double most = 0;
  std::string_view allowed = {};        // of strings and lists: the values, separated by commas; empty: any
  std::string_view why_no_others = {};  // behind a refusal: what this broker does instead
  std::string_view documentation = {};
};

// All, sorted by name.
std::span<const TopicSetting> topic_settings();
// Null when Kafka has no such setting, or this broker does not know it.
const TopicSetting* find_topic_setting(std::string_view name);

// What is wrong with the value, as a sentence; nothing when it is good.
std::optional<std::string> check_value(const TopicSetting& setting, std::string_view value);

// The whole number that stands in `text`, surrounding blanks aside.
std::optional<std::int64_t> parse_int64(std::string_view text);
// The entries of a comma-separated list, trimmed; empty ones are left out.
template <class Visitor>
void for_each_entry(std::string_view list, Visitor visit);
std::string_view trimmed(std::string_view text);

template <class Visitor>
void for_each_entry(std::string_view list, Visitor visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view entry = trimmed(list.substr(0, comma));
    if (!entry.empty()) visit(entry);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
}

}  // namespace weir::embedded::broker::topics
