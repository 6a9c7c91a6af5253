// What stands in `$all` before anybody has written: the events that
// a server of this kind leaves behind when a database is made.
#pragma once

#include "embedded/eventstore/log/event.hpp"

#include <utility>
#include <vector>

namespace weir::embedded::eventstore {

// Stream and event, in order. The ids are new each time.
std::vector<std::pair<std::string, ProposedEvent>> first_events();

}  // namespace weir::embedded::eventstore
