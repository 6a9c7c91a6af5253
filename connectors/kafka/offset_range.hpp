// OffsetRange: what a partition's log holds at the moment.
#pragma once

#include "pipeline/base/units.hpp"

#include <string>

namespace weir::connectors::kafka {

// The first offset that a partition still has, and the one that its next record will get. -1: not to be learned now.
struct OffsetRange {
  Offset start = -1;
  Offset end = -1;
  std::string trouble;  // why it is not known
  bool known() const { return start >= 0 && end >= start; }
};

}  // namespace weir::connectors::kafka
