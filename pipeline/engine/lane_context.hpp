// What a lane shows its stages.
#pragma once

#include "pipeline/stage.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace weir {

// Lifetime, Executor, Cancellation, Errors: as StageContext says.
class LaneContext final : public StageContext {
 public:
  LaneContext(Clock& clock, LaneIndex lane, std::string name) : clock_(clock), lane_(lane), name_(std::move(name)) {}
  TimePoint now() const override { return clock_.now(); }
  WallTime wall_now() const override { return clock_.wall_now(); }
  LaneIndex lane() const override { return lane_; }
  std::string_view stage_name() const override { return name_; }

 private:
  Clock& clock_;
  LaneIndex lane_;
  std::string name_;
};

}  // namespace weir
