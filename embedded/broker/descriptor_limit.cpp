#include "embedded/broker/descriptor_limit.hpp"

#include "embedded/descriptor_limit.hpp"
#include "pipeline/base/log.hpp"

#include <algorithm>

namespace weir::embedded::broker {

std::size_t make_room_for_connections(std::size_t wanted) {
  const std::size_t open_files = raise_descriptor_limit();
  const std::size_t most = std::max<std::size_t>(open_files / 2, 1);
  if (most < wanted) {
    log::warn("the embedded broker takes fewer connections than it is set to: too few files may be open (ulimit -n)",
              {{"connections", most}, {"set_to", wanted}, {"open_files", open_files}});
  }
  return std::min(most, wanted);
}

}  // namespace weir::embedded::broker
