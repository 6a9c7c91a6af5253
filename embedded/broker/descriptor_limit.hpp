// How many files the process may have open: connections and logs share them.
#pragma once

#include <cstddef>

namespace weir::embedded::broker {

// Raises the limit as far as the system lets, and answers how many of the wanted connections leave enough for the logs;
// says so in the log where that is fewer. Many systems allow far more than they grant at first.
std::size_t make_room_for_connections(std::size_t wanted);

}  // namespace weir::embedded::broker
