#include "pipeline/control/own_letters.hpp"

#include "pipeline/engine/dead_letter.hpp"
#include "pipeline/parts/template.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace weir {

namespace {

bool is_topic(const Use& use, Use::How how) {
  return use.what == Use::What::topic && use.how == how;
}

// The topics, as templates, that the dead-letter sink writes to at a connection that the source reads from.
std::vector<Template> topics_of_letters(const PipelinePlan& plan) {
  std::vector<Template> topics;
  for (const Use& written : plan.sinks[plan.dlq].second.description.uses) {
    const auto is_read_there = [&written](const Use& read) {
      return is_topic(read, Use::How::reads) && read.lies_at == written.lies_at;
    };
    if (!is_topic(written, Use::How::writes) || !std::ranges::any_of(plan.source.description.uses, is_read_there))
      continue;
    Result<Template> topic = Template::parse(written.name, "topic");
    if (topic.has_value()) topics.push_back(std::move(*topic));
  }
  return topics;
}

// Where the letter was written to: the topic's template may name parts of the message that failed.
bool was_written_to(const Template& topic, const Message& letter, std::string_view came_from) {
  Message failed;
  failed.payload = letter.payload;
  failed.key = letter.key;
  failed.headers = letter.headers;
  failed.event = letter.event;
  failed.origin = letter.origin;
  failed.origin.topic = came_from;
  std::string name;
  return topic.render(failed, name).has_value() && name == letter.origin.topic;
}

}  // namespace

std::function<bool(const Message&)> recognise_own_letters(const PipelinePlan& plan) {
  if (plan.dlq == kNoSink) return {};
  std::vector<Template> topics = topics_of_letters(plan);
  if (topics.empty()) return {};
  return [pipeline = plan.name, topics = std::move(topics)](const Message& message) {
    if (!is_letter_of(message, pipeline)) return false;
    const std::string_view came_from = topic_of_letter(message).value_or(std::string_view());
    return std::ranges::any_of(topics,
                               [&](const Template& topic) { return was_written_to(topic, message, came_from); });
  };
}

}  // namespace weir
