#include "embedded/broker/topics/topic_setting.hpp"

#include "embedded/broker/topics/topic_name.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace weir::embedded::broker::topics {

namespace {

// Values go back in DescribeConfigs, whose old versions count strings in 15 bits.
constexpr std::size_t kLongestValue = 8192;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

std::string name_of(const TopicSetting& setting) {
  return "'" + std::string(setting.name) + "'";
}

std::optional<std::string> check_bounds(const TopicSetting& setting, std::string_view value, double number) {
  if (number >= setting.least && number <= setting.most) return std::nullopt;
  const auto text = [&](double bound) {
    return setting.type == SettingType::real ? std::to_string(bound) : std::to_string(std::llround(bound));
  };
  // The largest long is no double; nobody misses it in a message.
  const std::string upper = setting.most >= 9e18 ? "" : " and at most " + text(setting.most);
  return "The setting " + name_of(setting) + " must be at least " + text(setting.least) + upper + ", not " +
         in_quotes(value) + ".";
}

std::optional<std::string> check_number(const TopicSetting& setting, std::string_view value) {
  if (setting.type == SettingType::real) {
    const std::string_view text = trimmed(value);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number)) {
      return check_bounds(setting, value, number);
    }
    return "The setting " + name_of(setting) + " wants a number, not " + in_quotes(value) + ".";
  }
  const std::optional<std::int64_t> number = parse_int64(value);
  if (!number) return "The setting " + name_of(setting) + " wants a whole number, not " + in_quotes(value) + ".";
  return check_bounds(setting, value, static_cast<double>(*number));
}

std::optional<std::string> check_entry(const TopicSetting& setting, std::string_view entry) {
  bool found = setting.allowed.empty();
  for_each_entry(setting.allowed, [&](std::string_view allowed) { found = found || allowed == entry; });
  if (found) return std::nullopt;
  std::string message = "The setting " + name_of(setting) + " may only be ";
  message += setting.allowed.find(',') == std::string_view::npos ? "" : "one of ";
  message += std::string(setting.allowed) + " here, not " + in_quotes(entry) + ".";
  if (!setting.why_no_others.empty()) message += " " + std::string(setting.why_no_others);
  return message;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::int64_t> parse_int64(std::string_view text) {
  text = trimmed(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

const TopicSetting* find_topic_setting(std::string_view name) {
  const std::span<const TopicSetting> all = topic_settings();
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const TopicSetting& setting, std::string_view n) { return setting.name < n; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

std::optional<std::string> check_value(const TopicSetting& setting, std::string_view value) {
  if (value.size() > kLongestValue) {
    return "The value of " + name_of(setting) + " has " + std::to_string(value.size()) + " bytes; " +
           std::to_string(kLongestValue) + " are allowed.";
  }
  switch (setting.type) {
    case SettingType::boolean: {
      const std::string_view text = trimmed(value);
      if (!equal_ignoring_case(text, "true") && !equal_ignoring_case(text, "false")) {
        return "The setting " + name_of(setting) + " must be true or false, not " + in_quotes(value) + ".";
      }
      if (!setting.allowed.empty() && !equal_ignoring_case(text, setting.allowed)) return check_entry(setting, text);
      return std::nullopt;
    }
    case SettingType::int32:
    case SettingType::int64:
    case SettingType::real:
      return check_number(setting, value);
    case SettingType::string:
      return check_entry(setting, trimmed(value));
    case SettingType::list: {
      std::optional<std::string> fault;
      bool empty = true;
      for_each_entry(value, [&](std::string_view entry) {
        empty = false;
        if (!fault) fault = check_entry(setting, entry);
      });
      if (empty && !setting.allowed.empty()) {
        return "The setting " + name_of(setting) + " may not be empty; it is one of " + std::string(setting.allowed) +
               " here.";
      }
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace weir::embedded::broker::topics
