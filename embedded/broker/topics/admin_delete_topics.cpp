// DeleteTopics (20).
#include "embedded/broker/topics/admin.hpp"
#include "embedded/broker/topics/changes.hpp"
#include "embedded/broker/topics/topic_name.hpp"

#include <set>

namespace weir::embedded::broker::topics {

namespace {

using wire::ErrorCode;
using DeletedTopic = wire::DeleteTopicsResponse::Topic;

// A topic as a request names it: by one of the two.
struct Named {
  std::optional<std::string_view> name;
  Uuid id;
};

std::vector<Named> names_of(const wire::DeleteTopicsRequest& request) {
  std::vector<Named> all;
  for (const std::string_view name : request.topic_names) all.push_back({name, Uuid()});
  for (const auto& topic : request.topics) all.push_back({topic.name, topic.topic_id});
  return all;
}

// Looks it up; null with the error.
const Topic* resolve(const Topics& topics, const Named& named, TopicError& error) {
  if (named.name && !named.id.is_nil()) {
    error = {ErrorCode::invalid_request, "A topic to delete is given by its name or by its id, not by both."};
    return nullptr;
  }
  if (!named.name && named.id.is_nil()) {
    error = {ErrorCode::invalid_request, "A topic to delete is given neither by its name nor by its id."};
    return nullptr;
  }
  const Topic* topic = named.name ? topics.find(*named.name) : topics.find(named.id);
  if (topic != nullptr) return topic;
  if (named.name) {
    error = {ErrorCode::unknown_topic_or_partition, "There is no topic " + in_quotes(*named.name) + "."};
  } else {
    error = {ErrorCode::unknown_topic_id, "There is no topic with the id " + named.id.str() + "."};
  }
  return nullptr;
}

}  // namespace

wire::DeleteTopicsResponse TopicAdmin::delete_topics(const RequestContext&, const wire::DeleteTopicsRequest& request) {
  wire::DeleteTopicsResponse response;
  const std::vector<Named> all = names_of(request);
  // The same topic twice, by name, by id or once by each, is refused in all its places: nobody can mean that.
  std::map<const Topic*, std::size_t> counts;
  TopicError ignored;
  for (const Named& named : all) {
    if (const Topic* topic = resolve(topics_, named, ignored)) ++counts[topic];
  }

  Changes changes(topics_);
  std::vector<std::size_t> accepted;
  for (const Named& named : all) {
    DeletedTopic& answer = response.topics.emplace_back();
    if (named.name) answer.name = std::string(*named.name);
    answer.topic_id = named.id;
    TopicError error;
    if (const Topic* topic = resolve(topics_, named, error)) {
      answer.name = topic->name;
      answer.topic_id = topic->id;
      if (counts[topic] > 1) {
        error = {ErrorCode::invalid_request,
                 "Topic " + in_quotes(topic->name) + " stands in this request more than once."};
      } else {
        error = changes.remove(topic->name);
      }
    }
    if (error.ok()) {
      accepted.push_back(response.topics.size() - 1);
    } else {
      answer.error_code = error.code;
      answer.error_message = std::move(error.message);
    }
  }

  const TopicError failed = changes.commit();
  if (failed.ok()) return response;
  for (const std::size_t i : accepted) {
    response.topics[i].error_code = failed.code;
    response.topics[i].error_message = failed.message;
  }
  return response;
}

}  // namespace weir::embedded::broker::topics
