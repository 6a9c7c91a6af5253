#include "cli/kafka/group_reset.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

// Saturates: a shift by 2^63 is meant to go to the end.
Offset shifted(Offset from, std::int64_t by) {
  Offset sum = 0;
  if (!__builtin_add_overflow(from, by, &sum)) return sum;
  return by < 0 ? std::numeric_limits<Offset>::min() : std::numeric_limits<Offset>::max();
}

Offset wanted_offset(const ResetTarget& target, const ResetPlace& place) {
  switch (target.to) {
    case ResetTarget::To::start:
      return place.start;
    case ResetTarget::To::end:
      return place.end;
    case ResetTarget::To::offset:
      return target.number;
    case ResetTarget::To::timestamp:
      return place.at_time;
    case ResetTarget::To::shift:
      return shifted(place.committed, target.number);
  }
  return place.start;
}

}  // namespace

Result<std::vector<OffsetMove>> plan_reset(const ResetTarget& target, const std::vector<ResetPlace>& places) {
  std::vector<OffsetMove> moves;
  for (const ResetPlace& place : places) {
    if (target.to == ResetTarget::To::shift && place.committed < 0) {
      return Error(Errc::invalid_argument, "nothing is committed for " + place.id.topic + "/" +
                                               std::to_string(place.id.partition) +
                                               ", so there is nothing to count from; use --to start, end or an offset");
    }
    const Offset wanted = wanted_offset(target, place);
    const Offset to = std::clamp(wanted, place.start, std::max(place.start, place.end));
    moves.push_back({place.id, place.committed, to, to != wanted});
  }
  return moves;
}

}  // namespace weir::cli
