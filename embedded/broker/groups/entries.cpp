#include "embedded/broker/groups/entries.hpp"

namespace weir::embedded::broker::groups {

Result<void> Replay::take(std::string_view entry) {
  Reader in(entry);
  const std::int16_t number = in.i16();
  switch (number) {
    case GroupRecord::kNumber:
      return read_and_apply<GroupRecord>(in);
    case GroupRemovedRecord::kNumber:
      return read_and_apply<GroupRemovedRecord>(in);
    case OffsetsRecord::kNumber:
      return read_and_apply<OffsetsRecord>(in);
    case OffsetsRemovedRecord::kNumber:
      return read_and_apply<OffsetsRemovedRecord>(in);
    case TopicForgottenRecord::kNumber:
      return read_and_apply<TopicForgottenRecord>(in);
    default:
      return Error(Errc::corrupt, "The journal of the groups holds an entry of kind " + std::to_string(number) +
                                      ", which this version does not know. Was it written by a newer one?");
  }
}

template <class Record>
Result<void> Replay::read_and_apply(Reader in) {
  Record record;
  read(in, 0, record);
  if (!in.ok()) {
    return Error(Errc::corrupt,
                 "An entry of kind " + std::to_string(Record::kNumber) + " in the journal of the groups is malformed.");
  }
  apply(std::move(record));
  return {};
}

void Replay::apply(GroupRecord&& record) {
  Found& found = group(record.group_id);
  found.group = std::move(record);
}

void Replay::apply(GroupRemovedRecord&& record) {
  const auto found = groups_.find(record.group_id);
  if (found != groups_.end()) groups_.erase(found);
}

void Replay::apply(OffsetsRecord&& record) {
  group(record.group_id).offsets->apply(record);
}

void Replay::apply(OffsetsRemovedRecord&& record) {
  const auto found = groups_.find(record.group_id);
  if (found != groups_.end()) found->second.offsets->apply(record);
}

void Replay::apply(TopicForgottenRecord&& record) {
  for (auto& [id, found] : groups_) found.offsets->forget_topic(record.name);
}

}  // namespace weir::embedded::broker::groups
