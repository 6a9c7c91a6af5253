#include "pipeline/base/retry.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

Duration RetryPolicy::backoff(std::uint32_t failures) const {
  if (failures <= 1) return std::min(initial, max);
  // In floating point, since the power overflows any integer long before a patient operator gives up.
  const double wait = static_cast<double>(initial.count()) * std::pow(multiplier, static_cast<double>(failures - 1));
  if (!(wait < static_cast<double>(max.count()))) return max;
  return Duration(static_cast<Duration::rep>(wait));
}

}  // namespace weir
