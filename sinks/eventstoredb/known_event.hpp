// What is compared when the store has an event with the id of one that is to be written.
#pragma once

#include "connectors/eventstoredb/client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::sinks::eventstoredb {

// What becomes of an event whose id the store has with other content.
enum class OnConflict { dead_letter, drop };
// What makes the two the same.
enum class SameBy {
  event,  // the type, the data, and what the event says of itself in the metadata
  data,   // the type and the data
};

struct KnownRules {
  bool look = true;  // false: whatever the store answers with success counts as written
  OnConflict on_conflict = OnConflict::dead_letter;
  SameBy compare = SameBy::event;
  std::vector<std::string> ignore = {};  // JSON pointers into the data to what does not count
};

inline constexpr std::string_view kOtherData = "other data";

// How the stored event differs from the one that was sent, as in "the id is stored with ...": empty when it does not.
//
// Data are the same byte for byte or as JSON (order of members and blanks do not count). Of the metadata count those
// that the producer chose: aggregate, version, correlation and causation id, and the time unless it is the record's.
// They count by what they say: escapes do not, nor do the spelling of a number as a string or of a time.
// A member that one of the two lacks does not count: the store keeps what earlier versions and others have written.
// Never compared is where a record came from: a resend comes from elsewhere.
std::string difference(const connectors::eventstoredb::NewEvent& sent,
                       const connectors::eventstoredb::RecordedEvent& stored, const KnownRules& rules);

}  // namespace weir::sinks::eventstoredb
