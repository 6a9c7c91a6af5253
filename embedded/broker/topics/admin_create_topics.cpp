// CreateTopics (19).
#include "embedded/broker/topics/admin.hpp"
#include "embedded/broker/topics/changes.hpp"
#include "embedded/broker/topics/config_resource.hpp"
#include "embedded/broker/topics/topic_name.hpp"
#include "embedded/broker/topics/topic_setting.hpp"

#include <algorithm>

namespace weir::embedded::broker::topics {

namespace {

using wire::ErrorCode;
using CreatableTopic = wire::CreateTopicsRequest::Topic;
using CreatedTopic = wire::CreateTopicsResponse::Topic;

std::string topic_text(const CreatableTopic& topic) {
  return "Topic " + in_quotes(topic.name);
}

// The one replica of each partition must be this node's.
TopicError check_assignment(const CreatableTopic& topic, const CreatableTopic::Assignment& assignment) {
  const std::string partition = "partition " + std::to_string(assignment.partition_index);
  if (assignment.broker_ids.empty()) {
    return {ErrorCode::invalid_replica_assignment, topic_text(topic) + " assigns " + partition + " to no broker."};
  }
  for (const std::int32_t broker : assignment.broker_ids) {
    if (broker == kNodeId) continue;
    return {ErrorCode::invalid_replica_assignment, topic_text(topic) + " assigns " + partition + " to broker " +
                                                       std::to_string(broker) + "; the only one has the id " +
                                                       std::to_string(kNodeId) + "."};
  }
  if (assignment.broker_ids.size() > 1) {
    return {ErrorCode::invalid_replica_assignment,
            topic_text(topic) + " assigns " + partition + " to the same broker more than once."};
  }
  return {};
}

TopicError check_assignments(const CreatableTopic& topic) {
  if (topic.num_partitions != -1 || topic.replication_factor != -1) {
    return {ErrorCode::invalid_request,
            topic_text(topic) +
                " comes with an assignment of its partitions: their number and the replication factor "
                "follow from that and must both be -1."};
  }
  std::vector<std::int32_t> numbers;
  for (const CreatableTopic::Assignment& assignment : topic.assignments) {
    if (TopicError error = check_assignment(topic, assignment); !error.ok()) return error;
    numbers.push_back(assignment.partition_index);
  }
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (static_cast<std::int64_t>(numbers[i]) == static_cast<std::int64_t>(i)) continue;
    return {ErrorCode::invalid_replica_assignment,
            topic_text(topic) + " assigns " + std::to_string(numbers.size()) +
                " partitions that are not numbered 0, 1, 2 and so on without gap or repetition."};
  }
  return {};
}

TopicError check_layout(const CreatableTopic& topic) {
  if (!topic.assignments.empty()) return check_assignments(topic);
  if (topic.replication_factor == 1 || topic.replication_factor == -1) return {};
  return {ErrorCode::invalid_replication_factor,
          topic_text(topic) + " cannot have the replication factor " + std::to_string(topic.replication_factor) +
              ": this broker is a single node; ask for 1, or -1 for the default."};
}

TopicError read_config(const CreatableTopic& topic, TopicConfig& config) {
  for (const CreatableTopic::Config& each : topic.configs) {
    if (!each.value) {
      return {ErrorCode::invalid_config, "The setting " + in_quotes(each.name) + " comes without a value."};
    }
    config.values.insert_or_assign(std::string(each.name), std::string(*each.value));
  }
  return {};
}

std::vector<CreatedTopic::Config> describe_new(const TopicConfig& config) {
  std::vector<CreatedTopic::Config> all;
  for (const TopicSetting& setting : topic_settings()) {
    CreatedTopic::Config& row = all.emplace_back();
    row.name = setting.name;
    row.value = std::string(config.value(setting.name));
    const bool own = config.values.contains(setting.name);
    row.config_source = static_cast<std::int8_t>(own ? ConfigSource::topic : ConfigSource::built_in);
  }
  return all;
}

void refuse(CreatedTopic& answer, TopicError error) {
  answer.error_code = error.code;
  answer.error_message = std::move(error.message);
}

}  // namespace

wire::CreateTopicsResponse TopicAdmin::create_topics(const RequestContext& context,
                                                     const wire::CreateTopicsRequest& request) {
  std::map<std::string_view, std::size_t> counts;
  for (const CreatableTopic& topic : request.topics) ++counts[topic.name];

  struct Accepted {
    std::size_t answer;
    std::int32_t partitions;
    TopicConfig config;
  };
  std::vector<Accepted> accepted;
  wire::CreateTopicsResponse response;
  Changes changes(topics_, request.validate_only);
  for (const CreatableTopic& topic : request.topics) {
    std::size_t& count = counts[topic.name];
    if (count == 0) continue;  // its one refusal is there already
    CreatedTopic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    answer.configs.emplace();  // Java's admin client takes no null for it
    if (count > 1) {
      count = 0;
      refuse(answer, {ErrorCode::invalid_request, topic_text(topic) + " stands in this request more than once."});
      continue;
    }
    TopicConfig config;
    // The name first: a topic that is there is told from one that could not be made, whatever else was asked.
    TopicError error = changes.check_new_name(topic.name);
    if (error.ok()) error = check_layout(topic);
    if (error.ok()) error = read_config(topic, config);
    std::int32_t partitions = topic.num_partitions == -1 ? topics_.default_partitions() : topic.num_partitions;
    if (!topic.assignments.empty()) partitions = static_cast<std::int32_t>(topic.assignments.size());
    if (error.ok()) error = changes.create(topic.name, partitions, config);
    if (error.ok()) {
      accepted.push_back({response.topics.size() - 1, partitions, std::move(config)});
    } else {
      refuse(answer, std::move(error));
    }
  }

  const TopicError failed = request.validate_only ? TopicError() : changes.commit();
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    CreatedTopic& answer = response.topics[accepted[i].answer];
    if (!failed.ok()) {
      refuse(answer, failed);
      continue;
    }
    answer.num_partitions = accepted[i].partitions;
    answer.replication_factor = 1;
    if (const Topic* topic = topics_.find(answer.name)) answer.topic_id = topic->id;
    if (context.version >= 5 && i < kMostDescribedNew) answer.configs = describe_new(accepted[i].config);
  }
  return response;
}

}  // namespace weir::embedded::broker::topics
