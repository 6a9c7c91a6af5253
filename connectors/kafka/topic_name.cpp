#include "connectors/kafka/topic_name.hpp"

#include "pipeline/text/quotes.hpp"

#include <algorithm>

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

Error missing_topic(std::string_view topic, const std::string& brokers) {
  const std::string name(topic);
  return Error(Errc::not_found, "the topic '" + name + "' does not exist at " + brokers +
                                    "; create it with: weir topics create " + name + " --brokers " + brokers +
                                    " (weir creates no topics there), or correct its name");
}

}  // namespace weir::connectors::kafka
