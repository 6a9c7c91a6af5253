// How many random histories, or random inputs, a test tries. A build waits for few; `./dev test --long` multiplies all of them.
#pragma once

#include <cstdlib>

namespace weir {

// `usual`, times WEIR_LONG where that is set.
template <class Int>
Int samples(Int usual) {
  const char* const factor = std::getenv("WEIR_LONG");  // NOLINT(concurrency-mt-unsafe)
  return factor == nullptr ? usual : static_cast<Int>(usual * static_cast<Int>(std::atoi(factor)));
}

}  // namespace weir
