// EnvelopeReader: one walk over the payload's outermost object: known members by their field, all others as they stand.
#pragma once

#include "stages/envelope.hpp"
#include "stages/payload_view.hpp"

#include <array>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::stages {

// A member of the envelope that was met: its name and its value.
struct EnvelopeMember {
  JsonSlice name;
  JsonSlice value;
  bool met = false;
  bool short_name = false;

  bool says_something() const { return met && value.kind != JsonKind::null; }
};

// Lifetime: one per decoder; members and rest until the next clear(). Executor: the lane's. Cancellation: none.
// Errors: read() is false and `why` says what is wrong and where.
class EnvelopeReader {
 public:
  // Forgets what was read: no member is met.
  void clear();
  // Checks the whole document on its way.
  bool read(const Envelope& envelope, const PayloadView& view, std::string& why);

  const EnvelopeMember& member(Field field) const { return members_[static_cast<std::size_t>(field)]; }
  // A member that turned out not to be the field: it is kept with those that are unknown.
  void set_aside(Field field);
  // A member of other origin to keep with those that are unknown: `"name":value`.
  void keep(std::string_view member) { kept_.push_back(member); }
  // Whether weir's own names were read off what is a CloudEvent.
  bool is_cloud_event() const { return is_cloud_event_ && member(Field::event_type).short_name; }
  // The text of the member that ids are unique within; empty without one.
  const std::string& id_scope() const { return id_scope_; }
  // The unknown members, comma-separated, byte for byte; views of the document where there is but one run of them.
  std::string_view rest(std::pmr::memory_resource& arena);
  // The same without what stands in the payload anyway, for an event whose data is the whole payload.
  std::string_view rest_of_elsewhere(std::pmr::memory_resource& arena);

 private:
  using Run = std::pair<std::uint32_t, std::uint32_t>;
  bool walk(const Envelope& envelope, const PayloadView& view, std::string& why);
  bool settle(EnvelopeMember& first, const EnvelopeMember& found, const PayloadView& view, std::string& why);
  bool stands_twice(const EnvelopeMember& member, const PayloadView& view, std::string& why) const;
  bool put_aside(const EnvelopeMember& member, const PayloadView& view, std::string& why);
  void pass_by(const Envelope& envelope, const JsonSlice& name, const JsonSlice& value);
  // What stands in a string, without its escapes, until the next call; its bytes where they make no text.
  std::string_view plain(const JsonSlice& string);

  std::array<EnvelopeMember, kFieldCount> members_;
  std::string_view text_;
  std::string id_scope_;
  bool is_cloud_event_ = false;
  bool in_run_ = false;
  std::vector<Run> unknown_;  // runs of unknown members; reused
  std::vector<Run> aside_;
  std::vector<std::string_view> kept_;
  std::string scratch_;
};

}  // namespace weir::stages
