#include "embedded/broker/topics/topic_name.hpp"

#include <algorithm>

namespace weir::embedded::broker::topics {

namespace {

constexpr std::size_t kLongestName = 249;  // Kafka's: a directory name of 255 less its own suffixes
constexpr std::size_t kLongestQuote = 64;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

std::optional<std::string> check_topic_name(std::string_view name) {
  if (name.empty()) return "A topic name may not be empty.";
  if (name == "." || name == "..") return "A topic name may not be " + in_quotes(name) + ".";
  if (name.size() > kLongestName) {
    return "The topic name " + in_quotes(name) + " has " + std::to_string(name.size()) + " characters; " +
           std::to_string(kLongestName) + " are allowed.";
  }
  if (!std::all_of(name.begin(), name.end(), is_name_character)) {
    return "The topic name " + in_quotes(name) + " contains a character other than letters, digits, '.', '_' and '-'.";
  }
  return std::nullopt;
}

std::string collision_key(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '.', '_');
  return key;
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kLongestQuote)) out.push_back(c >= ' ' && c <= '~' ? c : '?');
  if (text.size() > kLongestQuote) out += "...";
  out.push_back('\'');
  return out;
}

}  // namespace weir::embedded::broker::topics
