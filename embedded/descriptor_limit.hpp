// How many files the process may have open: connections and data share them.
#pragma once

#include <cstddef>

namespace weir::embedded {

// Raises the limit as far as the system lets, and answers what it is then. Many systems allow far more than they grant
// at first. Any thread.
std::size_t raise_descriptor_limit();

}  // namespace weir::embedded
