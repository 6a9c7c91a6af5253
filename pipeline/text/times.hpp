// Times as programs write them who do not write RFC 3339: read where they name one instant without doubt, and written as
// RFC 3339.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::text {

// The longest text that read_time() makes: nine digits of a second and an offset.
inline constexpr std::size_t kTimeSize = 35;

// What a bare number counts since 1970.
enum class TimeUnit { by_size, seconds, milliseconds, microseconds, nanoseconds };

// An offset from UTC as RFC 3339 has it: "Z" for "UTC" and "Z"; "+09:00" for "+09:00", "+0900", "+09". Nothing for all
// else, the names of zones too: with daylight saving, a local time may be two instants or none.
std::optional<std::string> read_zone(std::string_view text);

// Writes the time that `text` says as RFC 3339 to `out` (room for kTimeSize bytes); the size written, or 0 when it says
// none. Read are
//  - dates with a time of day, with 'T' or a blank between them, with or without seconds, the fraction behind a point, a
//    comma or a colon, the offset as Z, UTC, GMT, +HH:MM, +HHMM, +HH, behind a blank or not, and Java's [Region/City]
//    behind an offset;
//  - a date alone: its midnight;
//  - numbers since 1970 that mean a time from 2000 to 2059, told apart by their size: seconds have nine or ten digits,
//    milliseconds twelve or thirteen, microseconds fifteen or sixteen, nanoseconds eighteen or nineteen; with a fraction
//    and an exponent or without. All others are more likely something else: a counter, the digits of a date, ticks. With
//    another unit than by_size: every number in that unit, before 1970 too, up to the year 9999.
//  - Java's list [year, month, day, hour, minute, second, nanosecond], its last three members or all but the date absent.
// What has no offset is in `zone`, which read_zone() made. Digits beyond nanoseconds are cut off.
std::size_t read_time(std::string_view text, std::string_view zone, char* out,
                      TimeUnit unit = TimeUnit::by_size) noexcept;

}  // namespace weir::text
