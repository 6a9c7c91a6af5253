// OffsetFetch: what groups have committed. A group that is not known has committed nothing; that is no error.
#include "embedded/broker/groups/coordinator.hpp"
#include "embedded/broker/groups/each_once.hpp"

#include <optional>
#include <set>
#include <utility>

namespace weir::embedded::broker::groups {

namespace {

// The offsets of one group as the answer tells them. The two forms of the answer, one group and several, have the same
// fields under different names.
template <class Topic>
class FetchedOffsets {
 public:
  explicit FetchedOffsets(std::size_t most) : most_(most) {}

  // What the request names, or all that there is. Ends early when it is too much.
  template <class Wanted>
  void collect(const Offsets* offsets, const std::optional<std::vector<Wanted>>& wanted) {
    if (wanted) {
      for (const NamedPartitions& named : each_once(*wanted)) {
        begin(named.topic);
        for (const Partition index : named.partitions) {
          if (!add(index, offsets == nullptr ? nullptr : offsets->find(named.topic, index))) return;
        }
      }
    } else if (offsets != nullptr) {
      for (const auto& [name, partitions] : offsets->topics()) {
        begin(name);
        for (const auto& [index, committed] : partitions) {
          if (!add(index, &committed)) return;
        }
      }
    }
  }

  bool too_large() const { return bytes_ > most_; }
  std::size_t bytes() const { return bytes_; }
  std::vector<Topic> take() && { return std::move(topics_); }

 private:
  using Fetched = typename decltype(Topic::partitions)::value_type;

  void begin(std::string_view topic) {
    bytes_ += sizeof(Topic) + topic.size();
    topics_.emplace_back().name = topic;
  }
  bool add(Partition index, const CommittedOffset* committed) {
    bytes_ += sizeof(Fetched) + (committed == nullptr ? 0 : committed->metadata.size());
    if (too_large()) return false;
    Fetched& out = topics_.back().partitions.emplace_back();
    out.index = index;
    out.committed_offset = committed == nullptr ? -1 : committed->offset;
    out.committed_leader_epoch = committed == nullptr ? -1 : committed->leader_epoch;
    out.metadata = committed == nullptr ? std::string() : committed->metadata;
    return true;
  }

  const std::size_t most_;
  std::size_t bytes_ = 0;
  std::vector<Topic> topics_;
};

// Version 1 has no other place for the error than each partition.
void refuse_fetch(const wire::OffsetFetchRequest& request, std::int16_t version, ErrorCode error,
                  wire::OffsetFetchResponse& response) {
  response.error_code = error;
  if (version > 1 || !request.topics) return;
  for (const NamedPartitions& named : each_once(*request.topics)) {
    auto& topic = response.topics.emplace_back();
    topic.name = named.topic;
    for (const Partition index : named.partitions) {
      auto& partition = topic.partitions.emplace_back();
      partition.index = index;
      partition.committed_offset = -1;
      partition.metadata.emplace();
      partition.error_code = error;
    }
  }
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
    FetchedOffsets<Response::Topic> fetched(options_.max_fetch);
    fetched.collect(offsets_of(request.group_id), request.topics);
    if (fetched.too_large()) {
      refuse_fetch(request, context.version, ErrorCode::message_too_large, response);
    } else {
      response.topics = std::move(fetched).take();
    }
    return response;
  }
  std::set<std::string_view> told;  // each once: what a group has committed is far longer than its name
  std::size_t bytes = 0;
  for (const auto& wanted : request.groups) {
    if (!told.insert(wanted.group_id).second) continue;
    Response::Group& answer = response.groups.emplace_back();
    answer.group_id = wanted.group_id;
    FetchedOffsets<Response::Group::Topic> fetched(options_.max_fetch);
    fetched.collect(offsets_of(wanted.group_id), wanted.topics);
    if (fetched.too_large()) {
      answer.error_code = ErrorCode::message_too_large;
    } else if (bytes + fetched.bytes() > options_.max_fetch) {
      // Clients ask for those groups again, without the ones that they have now.
      answer.error_code = ErrorCode::coordinator_load_in_progress;
    } else {
      bytes += fetched.bytes();
      answer.topics = std::move(fetched).take();
    }
  }
  return response;
}

}  // namespace weir::embedded::broker::groups
