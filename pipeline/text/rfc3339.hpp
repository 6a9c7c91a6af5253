// Times as RFC 3339 writes them: checked, and made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::text {

// True for a strict RFC 3339 date-time: "2025-01-30T10:15:30.123Z", "…+09:00". Days fit their month; a second of 60
// only where UTC can have a leap second (23:59:60 on the last day of a month). 'T' and 'Z' in either case, as
// section 5.6 allows; no space instead of 'T'.
bool is_rfc3339(std::string_view text) noexcept;

// The 24 characters of milliseconds since 1970, in UTC: "2025-01-30T10:15:30.123Z". False outside the years 0000 to
// 9999, which are all that RFC 3339 can say.
inline constexpr std::size_t kRfc3339Size = 24;
bool write_rfc3339(std::int64_t milliseconds, char* out24) noexcept;

// The same as a string, for readers. What a server or a client made up may lie anywhere: such years are written with
// the digits that they need, and what is about 29 000 years away or more as if it were no further.
std::string format_rfc3339(std::int64_t milliseconds);

}  // namespace weir::text
