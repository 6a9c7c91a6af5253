#include "sinks/kafka/topic_name.hpp"

#include "connectors/kafka/topic_name.hpp"

namespace weir::sinks::kafka {

using connectors::kafka::check_topic_name;

Result<TopicName> TopicName::parse(std::string_view text) {
  Result<Template> name = Template::parse(text, "topic");
  if (name.has_error()) return name.error();
  if (const std::optional<std::string_view> topic = name->constant(); topic.has_value()) {
    if (std::string wrong = check_topic_name(*topic); !wrong.empty())
      return Error(Errc::invalid_argument, std::move(wrong));
  }
  TopicName result;
  result.name_ = std::move(*name);
  return result;
}

// A name that no broker takes is the message's fault: asking a broker would stop the pipeline over one record.
Result<void> TopicName::render(const Message& message, std::string& out) const {
  const std::size_t start = out.size();
  Result<void> made = name_.render(message, out);
  if (made.has_error() || constant().has_value()) return made;
  const std::string wrong = check_topic_name(std::string_view(out).substr(start));
  if (wrong.empty()) return made;
  return Error(Errc::data, "no topic for this message: " + wrong);
}

}  // namespace weir::sinks::kafka
