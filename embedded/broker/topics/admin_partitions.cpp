// CreatePartitions (37) and DeleteRecords (21): what changes the partitions of a topic.
#include "embedded/broker/topics/admin.hpp"
#include "embedded/broker/topics/changes.hpp"
#include "embedded/broker/topics/topic_name.hpp"

#include <set>

namespace weir::embedded::broker::topics {

namespace {

using wire::ErrorCode;
using GrownTopic = wire::CreatePartitionsRequest::Topic;

// An assignment stands for each new partition, and the only broker is this one.
TopicError check_new_assignments(const GrownTopic& topic, const Topic& existing) {
  if (!topic.assignments || topic.assignments->empty()) return {};
  const std::int64_t added = topic.count - static_cast<std::int64_t>(existing.partitions.size());
  if (static_cast<std::int64_t>(topic.assignments->size()) != added) {
    return {ErrorCode::invalid_replica_assignment,
            "Topic " + in_quotes(topic.name) + " would get " + std::to_string(added) + " partitions, but " +
                std::to_string(topic.assignments->size()) + " are assigned to brokers."};
  }
  for (const auto& assignment : *topic.assignments) {
    if (assignment.broker_ids == std::vector<std::int32_t>{kNodeId}) continue;
    return {ErrorCode::invalid_replica_assignment, "Topic " + in_quotes(topic.name) +
                                                       " assigns a partition to other brokers than the only one, " +
                                                       std::to_string(kNodeId) + ", once."};
  }
  return {};
}

}  // namespace

wire::CreatePartitionsResponse TopicAdmin::create_partitions(const RequestContext&,
                                                             const wire::CreatePartitionsRequest& request) {
  std::map<std::string_view, std::size_t> counts;
  for (const GrownTopic& topic : request.topics) ++counts[topic.name];

  wire::CreatePartitionsResponse response;
  Changes changes(topics_, request.validate_only);
  std::vector<std::size_t> accepted;
  for (const GrownTopic& topic : request.topics) {
    std::size_t& count = counts[topic.name];
    if (count == 0) continue;  // its one refusal is there already
    auto& answer = response.results.emplace_back();
    answer.name = topic.name;
    TopicError error;
    const Topic* existing = topics_.find(topic.name);
    if (count > 1) {
      count = 0;
      error = {ErrorCode::invalid_request,
               "Topic " + in_quotes(topic.name) + " stands in this request more than once."};
    } else if (existing != nullptr && topic.count > static_cast<std::int64_t>(existing->partitions.size())) {
      error = check_new_assignments(topic, *existing);
    }
    if (error.ok()) error = changes.grow(topic.name, topic.count);
    if (error.ok()) {
      accepted.push_back(response.results.size() - 1);
    } else {
      answer.error_code = error.code;
      answer.error_message = std::move(error.message);
    }
  }

  const TopicError failed = request.validate_only ? TopicError() : changes.commit();
  if (failed.ok()) return response;
  for (const std::size_t i : accepted) {
    response.results[i].error_code = failed.code;
    response.results[i].error_message = failed.message;
  }
  return response;
}

wire::DeleteRecordsResponse TopicAdmin::delete_records(const RequestContext&,
                                                       const wire::DeleteRecordsRequest& request) {
  wire::DeleteRecordsResponse response;
  std::set<const storage::PartitionLog*> done_logs;  // each once: every deletion waits for the disk
  for (const auto& asked : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = asked.name;
    for (const auto& partition : asked.partitions) {
      storage::PartitionLog* log = topics_.find_partition(asked.name, partition.index);
      storage::PartitionLog::Deleted deleted{.error = ErrorCode::unknown_topic_or_partition, .log_start = -1};
      if (log != nullptr && !done_logs.insert(log).second) {
        deleted.error = ErrorCode::invalid_request;
      } else if (log != nullptr) {
        deleted = log->delete_before(partition.offset);
      }
      const bool done = deleted.error == ErrorCode::none;
      answer.partitions.push_back({partition.index, done ? deleted.log_start : -1, deleted.error});
    }
  }
  return response;
}

}  // namespace weir::embedded::broker::topics
