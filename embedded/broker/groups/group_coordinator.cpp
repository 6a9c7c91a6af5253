#include "embedded/broker/groups/group_coordinator.hpp"

#include "embedded/broker/groups/coordinator.hpp"

namespace weir::embedded::broker::groups {

Result<std::unique_ptr<GroupCoordinator>> GroupCoordinator::open(storage::FileSystem& files, storage::Flusher& flusher,
                                                                 Timers& timers, Options options) {
  auto coordinator = std::make_unique<Coordinator>(timers, std::move(options));
  if (const Result<void> started = coordinator->start(files, flusher); !started) return started.error();
  return std::unique_ptr<GroupCoordinator>(std::move(coordinator));
}

}  // namespace weir::embedded::broker::groups
