// Limits: what clients may make the groups keep in memory, and the count of what they have.
#pragma once

#include <cstddef>

namespace weir::embedded::broker::groups {

inline constexpr std::size_t kMaxGroups = 100'000;
inline constexpr std::size_t kMaxGroupIdBytes = 1024;
// Of instance ids, protocol types and protocol names; client ids are cut to it.
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMaxProtocols = 64;  // of one member
inline constexpr std::size_t kMaxMemberBytes = std::size_t{4} << 20;
// Of one group's members, ids and assignments: a record of the journal holds them all (16 MiB at most).
inline constexpr std::size_t kMaxGroupBytes = std::size_t{15} << 20;
inline constexpr std::size_t kMaxCommitBytes = std::size_t{8} << 20;  // of one commit, as the journal holds it
inline constexpr std::size_t kPendingBytes = 256;                     // what a member id that was given out counts
inline constexpr std::size_t kMaxOffsetMetadataBytes = 4096;          // Kafka's offset.metadata.max.bytes

// Bytes that all groups hold together: one count for members, one for offsets. Rough, and meant to be.
struct MemoryUse {
  std::size_t used = 0;
  std::size_t limit = std::size_t{256} << 20;

  bool has_room(std::size_t bytes, std::size_t reserve = 0) const { return used + bytes <= limit + reserve; }
};

}  // namespace weir::embedded::broker::groups
