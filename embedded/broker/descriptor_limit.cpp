#include "embedded/broker/descriptor_limit.hpp"

#include "pipeline/base/log.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace weir::embedded::broker {

std::size_t make_room_for_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur != limit.rlim_max) {
    const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  const std::size_t most = std::max<std::size_t>(limit.rlim_cur / 2, 1);
  if (most < wanted) {
    log::warn("the embedded broker takes fewer connections than it is set to: too few files may be open (ulimit -n)",
              {{"connections", most}, {"set_to", wanted}, {"open_files", std::size_t{limit.rlim_cur}}});
  }
  return std::min(most, wanted);
}

}  // namespace weir::embedded::broker
