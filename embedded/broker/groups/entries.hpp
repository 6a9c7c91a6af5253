// The entries of the groups' journal: the number of a record, and the record (records.txt).
#pragma once

#include "embedded/broker/groups/offsets.hpp"
#include "embedded/broker/groups/records.hpp"
#include "pipeline/base/result.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace weir::embedded::broker::groups {

template <class Record>
std::string entry_of(const Record& record) {
  Writer out;
  out.i16(Record::kNumber);
  write(out, 0, record);
  return std::move(out).take();
}

// What the journal says, entry by entry.
//
// Lifetime: while the journal is opened. Executor: the broker's thread. Errors: an entry that is not one of ours.
class Replay {
 public:
  struct Found {
    explicit Found(MemoryUse& memory) : offsets(std::make_unique<Offsets>(memory)) {}
    std::optional<GroupRecord> group;  // none: offsets only
    std::unique_ptr<Offsets> offsets;
  };

  explicit Replay(MemoryUse& memory) : memory_(memory) {}
  Result<void> take(std::string_view entry);
  std::map<std::string, Found, std::less<>>& groups() { return groups_; }

 private:
  Found& group(const std::string& id) { return groups_.try_emplace(id, memory_).first->second; }
  void apply(GroupRecord&& record);
  void apply(GroupRemovedRecord&& record);
  void apply(OffsetsRecord&& record);
  void apply(OffsetsRemovedRecord&& record);
  void apply(TopicForgottenRecord&& record);
  template <class Record>
  Result<void> read_and_apply(Reader in);

  MemoryUse& memory_;
  std::map<std::string, Found, std::less<>> groups_;
};

}  // namespace weir::embedded::broker::groups
