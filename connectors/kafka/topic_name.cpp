#include "connectors/kafka/topic_name.hpp"

#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <regex.h>

namespace weir::connectors::kafka {
namespace {

constexpr std::size_t kLongestTopic = 249;

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

std::string check_topic_name(std::string_view name) {
  if (name.empty()) return "a topic's name is empty";
  if (name.size() > kLongestTopic) return "a topic's name has at most 249 characters";
  if (name == "." || name == "..") return text::quoted(name) + " is not a topic's name";
  if (std::ranges::all_of(name, is_legal)) return {};
  return text::quoted(name) + " is not a topic's name: letters, digits, '.', '_' and '-' only";
}

bool means_topic(const std::string& entry, const std::string& name) {
  if (!entry.starts_with('^')) return entry == name;
  if (is_internal_topic(name)) return false;
  regex_t compiled;
  if (regcomp(&compiled, entry.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool found = regexec(&compiled, name.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

}  // namespace weir::connectors::kafka
