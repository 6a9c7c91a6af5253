#include "embedded/broker/storage/epochs.hpp"

#include <algorithm>

namespace weir::embedded::broker::storage {

void EpochTable::add(std::int32_t epoch, Offset start) {
  if (epoch <= newest()) return;
  // An epoch in which nothing was written leaves no trace.
  if (!starts_.empty() && starts_.back().start >= start) starts_.pop_back();
  starts_.push_back({epoch, start});
}

void EpochTable::forget_before(Offset log_start) {
  const auto above = std::ranges::upper_bound(starts_, log_start, {}, &EpochStart::start);
  if (above == starts_.begin()) return;
  starts_.erase(starts_.begin(), above - 1);
  starts_.front().start = log_start;
}

EpochTable::End EpochTable::end_of(std::int32_t epoch, Offset log_end) const {
  if (epoch < 0 || epoch > newest()) return {};
  if (epoch == newest()) return {epoch, log_end};
  const auto above = std::ranges::upper_bound(starts_, epoch, {}, &EpochStart::epoch);
  return {above == starts_.begin() ? epoch : (above - 1)->epoch, above->start};
}

}  // namespace weir::embedded::broker::storage
