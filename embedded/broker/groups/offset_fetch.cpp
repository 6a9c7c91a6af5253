// OffsetFetch: what groups have committed. A group that is not known has committed nothing; that is no error.
#include "embedded/broker/groups/coordinator.hpp"

#include <set>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

template <class Partition>
Partition fetched(weir::Partition index, const CommittedOffset* committed) {
  Partition out;
  out.index = index;
  out.committed_offset = committed == nullptr ? -1 : committed->offset;
  out.committed_leader_epoch = committed == nullptr ? -1 : committed->leader_epoch;
  out.metadata = committed == nullptr ? std::string() : committed->metadata;
  return out;
}

// The two forms of the answer, one group and several, have the same fields under different names.
template <class Topic, class Wanted>
std::vector<Topic> fetched_topics(const Offsets* offsets, const std::optional<std::vector<Wanted>>& wanted) {
  using Partition = typename decltype(Topic::partitions)::value_type;
  std::vector<Topic> out;
  if (wanted) {
    for (const Wanted& topic : *wanted) {
      Topic& answer = out.emplace_back();
      answer.name = topic.name;
      for (const weir::Partition index : topic.partitions) {
        const CommittedOffset* committed = offsets == nullptr ? nullptr : offsets->find(topic.name, index);
        answer.partitions.push_back(fetched<Partition>(index, committed));
      }
    }
  } else if (offsets != nullptr) {
    for (const auto& [name, partitions] : offsets->topics()) {
      Topic& answer = out.emplace_back();
      answer.name = name;
      for (const auto& [index, committed] : partitions)
        answer.partitions.push_back(fetched<Partition>(index, &committed));
    }
  }
  return out;
}

}  // namespace

wire::OffsetFetchResponse Coordinator::offset_fetch(const RequestContext& context,
                                                    const wire::OffsetFetchRequest& request) {
  using Response = wire::OffsetFetchResponse;
  Response response;
  const auto offsets_of = [this](std::string_view group_id) {
    const Slot* slot = find(group_id);
    return slot == nullptr ? nullptr : slot->offsets.get();
  };
  if (context.version < 8) {
    response.topics = fetched_topics<Response::Topic>(offsets_of(request.group_id), request.topics);
    return response;
  }
  std::set<std::string_view> told;  // each once: what a group has committed is far longer than its name
  for (const auto& wanted : request.groups) {
    if (!told.insert(wanted.group_id).second) continue;
    Response::Group& answer = response.groups.emplace_back();
    answer.group_id = wanted.group_id;
    answer.topics = fetched_topics<Response::Group::Topic>(offsets_of(wanted.group_id), wanted.topics);
  }
  return response;
}

}  // namespace weir::embedded::broker::groups
