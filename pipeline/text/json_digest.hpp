// JSON compared by what it says: a number for a text that does not depend on the order of members nor on blanks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::text {

// Two texts with equal digests say the same: the same members in any order, the same items in the same order, with any
// blanks between them. Numbers and texts count as they are written: 1 and 1.0 differ, so do "A" and "\u0041", and no
// number is too large. Grammar is checked as far as it matters here and no further.
//
// Lifetime: a plain value, immutable. Executor, Cancellation: none. Errors: what is no JSON, or nests deeper than 256
// levels, has no digest.
class JsonDigest {
 public:
  // `seed` makes collisions unpredictable. `ignored`: JSON pointers (RFC 6901) to values that do not count.
  explicit JsonDigest(std::uint64_t seed, std::span<const std::string> ignored = {});

  std::optional<std::uint64_t> of(std::string_view json) const;

  // A pointer as its steps: the names of members, the numbers of items.
  using Pointer = std::vector<std::string>;

 private:
  std::uint64_t seed_;
  std::vector<Pointer> ignored_;
};

// True for what `ignored` may hold: a pointer to a part of a document, not to all of it.
bool is_json_pointer(std::string_view text);

// The value of an object's member as it is written; nothing when there is no such member, or `json` is no object. Of
// members of the same name the first counts.
std::optional<std::string_view> json_member(std::string_view json, std::string_view name);

}  // namespace weir::text
