// How many random histories, or random inputs, a test tries. A build waits for few; `./dev test --long` multiplies all of them.
#pragma once

#include <cstdlib>
#include <stdexcept>

namespace weir {

// `usual`, times WEIR_LONG where that is set.
template <class Int>
Int samples(Int usual) {
  const char* const factor = std::getenv("WEIR_LONG");  // NOLINT(concurrency-mt-unsafe)
  if (factor == nullptr) return usual;
  const int times = std::atoi(factor);
  if (times < 1) throw std::invalid_argument("WEIR_LONG wants a whole number from 1 on");
  return static_cast<Int>(usual * static_cast<Int>(times));
}

}  // namespace weir
