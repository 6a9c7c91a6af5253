#include "connectors/kafka/topic_name.hpp"

#include "pipeline/text/json.hpp"

#include <algorithm>

namespace weir::connectors::kafka {
namespace {

constexpr std::size_t kLongestTopic = 249;
constexpr std::size_t kLongestShown = 64;

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// The name may come out of a message: whatever its bytes are, what is shown is short, printable and valid UTF-8.
std::string shown(std::string_view name) {
  std::string text;
  text::append_json_string(text, name.substr(0, kLongestShown));
  return text;
}

}  // namespace

std::string check_topic_name(std::string_view name) {
  if (name.empty()) return "a topic's name is empty";
  if (name.size() > kLongestTopic) return "a topic's name has at most 249 characters";
  if (name == "." || name == "..") return shown(name) + " is not a topic's name";
  if (std::ranges::all_of(name, is_legal)) return {};
  return shown(name) + " is not a topic's name: letters, digits, '.', '_' and '-' only";
}

}  // namespace weir::connectors::kafka
