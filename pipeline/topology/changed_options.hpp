// Which options of a component differ, by the canonical text of its config (Spec::write).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The keys whose values differ, nested ones as "retry.attempts", in the order of `next`, then those that are only in
// `now`. Names only: a value may be a secret. Empty when the texts are equal, or are no mappings.
std::vector<std::string> changed_options(std::string_view now, std::string_view next);

}  // namespace weir
