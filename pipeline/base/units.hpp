// Units of the domain that are not chrono durations.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weir {

using Offset = std::int64_t;            // a Kafka offset; >= 0 for a record
using Partition = std::int32_t;         // a Kafka partition number; >= 0
using AssignmentEpoch = std::uint64_t;  // counts assignments of one consumer, from 1; acks of an older epoch are void
using LaneIndex = std::size_t;          // 0 .. lanes-1

// A number of bytes. A type of its own so that a count is never taken for a size.
struct Bytes {
  std::uint64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

constexpr Bytes operator""_KiB(unsigned long long n) {
  return Bytes{n << 10};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
  return Bytes{n << 20};
}

}  // namespace weir
