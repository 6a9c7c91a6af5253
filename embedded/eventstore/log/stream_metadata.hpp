// Metadata streams: `$$S` holds what is known about stream S, as JSON; only its last event counts.
#pragma once

#include "embedded/eventstore/log/event.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::eventstore {

inline constexpr std::string_view kMetadataType = "$metadata";
inline constexpr std::string_view kTombstoneType = "$streamDeleted";
inline constexpr std::string_view kLinkType = "$>";

bool is_metastream(std::string_view stream);  // "$$S"
std::string metastream_of(std::string_view stream);
std::string_view original_of(std::string_view metastream);
// Names that no event can be written to: empty, "$$", "$all".
bool is_unwritable_name(std::string_view stream);

// What a stream forgets. Reads clamp to it; `$all` still shows everything.
struct Retention {
  std::optional<std::int64_t> max_count;
  std::optional<std::int64_t> max_age_seconds;
  std::optional<Revision> truncate_before;

  bool soft_deleted() const { return truncate_before == kDeletedRevision; }
  friend bool operator==(const Retention&, const Retention&) = default;
};

// The retention in the data of a metadata event. Unparsable, not an object, or with a key of the wrong type or sign:
// nothing is forgotten.
Retention parse_retention(std::string_view json);

// The same metadata with `$tb` replaced, all other keys kept. Unparsable metadata is replaced.
std::string with_truncate_before(std::string_view json, Revision truncate_before);

}  // namespace weir::embedded::eventstore
