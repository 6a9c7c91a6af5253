// DeleteGroups, OffsetDelete, and topics that go: what is forgotten
// on demand. Forgotten at once, answered when that is on disk.
#include "embedded/broker/groups/coordinator.hpp"
#include "embedded/broker/groups/each_once.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

// Those of the topics that the group has offsets for. Looks through the fewer of the two.
std::vector<std::string_view> committed_among(const std::set<std::string_view>& topics, const Offsets& offsets) {
  std::vector<std::string_view> found;
  if (topics.size() <= offsets.topics().size()) {
    for (const std::string_view topic : topics) {
      if (offsets.topics().contains(topic)) found.push_back(topic);
    }
  } else {
    for (const auto& [name, partitions] : offsets.topics()) {
      if (const auto topic = topics.find(name); topic != topics.end()) found.push_back(*topic);
    }
  }
  return found;
}

}  // namespace

template <class Matches>
void Coordinator::drop_from_commits(Matches matches) {
  for (const std::shared_ptr<Commit>& commit : commits_) {
    for (auto& topic : commit->record.topics) {
      std::erase_if(topic.partitions, [&](const auto& partition) {
        return matches(commit->record.group_id, topic.name, partition.index);
      });
    }
    std::erase_if(commit->record.topics, [](const auto& topic) { return topic.partitions.empty(); });
  }
}

void Coordinator::delete_groups(const RequestContext&, const wire::DeleteGroupsRequest& request,
                                Reply<wire::DeleteGroupsResponse> reply) {
  wire::DeleteGroupsResponse response;
  bool wrote = false;
  for (const std::string_view id : request.groups) {
    auto& result = response.results.emplace_back();
    result.group_id = id;
    const auto slot = slots_.find(id);
    if (slot == slots_.end()) {
      result.error_code = ErrorCode::group_id_not_found;
    } else if (slot->second.group->state() != GroupState::empty) {
      result.error_code = ErrorCode::non_empty_group;
    } else if (slot->second.recorded && !write_entry(entry_of(GroupRemovedRecord{std::string(id)}))) {
      result.error_code = ErrorCode::coordinator_not_available;
    } else {
      wrote = wrote || slot->second.recorded;
      remove(slot);
    }
  }
  if (!wrote) return reply(std::move(response));
  when_safe([this, reply = std::move(reply), response = std::move(response)](bool stored) mutable {
    for (auto& result : response.results) {
      if (!stored && result.error_code == ErrorCode::none) result.error_code = ErrorCode::coordinator_not_available;
    }
    post([reply = std::move(reply), response = std::move(response)] { reply(response); });
  });
}

void Coordinator::offset_delete(const RequestContext&, const wire::OffsetDeleteRequest& request,
                                Reply<wire::OffsetDeleteResponse> reply) {
  wire::OffsetDeleteResponse response;
  Slot* slot = find(request.group_id);
  if (slot == nullptr) {
    response.error_code = ErrorCode::group_id_not_found;
    return reply(std::move(response));
  }
  const Group& group = *slot->group;
  const bool live = group.state() != GroupState::empty;
  if (live && group.protocol_type() != "consumer") {  // nobody can say what its members use
    response.error_code = ErrorCode::non_empty_group;
    return reply(std::move(response));
  }
  const std::optional<std::set<std::string, std::less<>>> used =
      live ? group.subscriptions() : std::set<std::string, std::less<>>();
  OffsetsRemovedRecord removed;
  removed.group_id = request.group_id;
  std::map<std::string_view, std::set<Partition>> going;
  for (const NamedPartitions& named : each_once(request.topics)) {
    auto& answer = response.topics.emplace_back();
    answer.name = named.topic;
    const bool in_use = !used || used->contains(named.topic);
    std::vector<Partition> found;
    for (const Partition index : named.partitions) {
      ErrorCode error = in_use ? ErrorCode::group_subscribed_to_topic : ErrorCode::none;
      const bool known = exists(named.topic, index) || slot->offsets->find(named.topic, index);
      if (!in_use && !known) error = ErrorCode::unknown_topic_or_partition;
      answer.partitions.push_back({index, error});
      if (error == ErrorCode::none) found.push_back(index);
    }
    if (found.empty()) continue;
    going[named.topic].insert(found.begin(), found.end());
    removed.topics.push_back({std::string(named.topic), std::move(found)});
  }
  if (removed.topics.empty()) return reply(std::move(response));

  if (!write_entry(entry_of(removed))) {
    response.error_code = ErrorCode::coordinator_not_available;
    return reply(std::move(response));
  }
  slot->recorded = true;
  slot->offsets->apply(removed);
  drop_from_commits([&](std::string_view id, std::string_view name, Partition index) {
    if (id != removed.group_id) return false;
    const auto topic = going.find(name);
    return topic != going.end() && topic->second.contains(index);
  });
  when_safe([this, reply = std::move(reply), response = std::move(response)](bool stored) mutable {
    if (!stored) response.error_code = ErrorCode::coordinator_not_available;
    post([reply = std::move(reply), response = std::move(response)] { reply(response); });
  });
}

bool Coordinator::forget_topics(const std::vector<std::string>& topics) {
  const std::set<std::string_view> gone(topics.begin(), topics.end());
  std::set<std::string_view> had;
  for (auto& [id, slot] : slots_) {
    for (const std::string_view topic : committed_among(gone, *slot.offsets)) {
      slot.offsets->forget_topic(topic);
      had.insert(topic);
    }
  }
  drop_from_commits([&](std::string_view, std::string_view name, Partition) {
    const auto topic = gone.find(name);
    if (topic != gone.end()) had.insert(*topic);
    return topic != gone.end();
  });
  for (const std::string_view topic : gone) {
    if (unforgotten_.contains(topic)) had.insert(topic);
  }
  std::vector<std::string_view> written;
  for (const std::string_view topic : had) {
    unforgotten_.emplace(topic);
    if (write_entry(entry_of(TopicForgottenRecord{std::string(topic)}))) written.push_back(topic);
  }
  // Before the deletion is answered: a topic made anew would inherit them. What fails here is made good at the start,
  // if there is no such topic by then.
  if (!written.empty() && journal_->sync_now()) {
    for (const std::string_view topic : written) unforgotten_.erase(unforgotten_.find(topic));
  }
  return std::none_of(had.begin(), had.end(), [&](std::string_view topic) { return unforgotten_.contains(topic); });
}

}  // namespace weir::embedded::broker::groups
