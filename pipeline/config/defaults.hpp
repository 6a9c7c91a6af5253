// Options under options: what a component does not say, taken from a mapping that many share.
#pragma once

#include "pipeline/config/node.hpp"
#include "pipeline/config/option.hpp"

namespace weir::config {

// `own`, and whatever else `defaults` has. What is written in `own` wins, option by option; an option that has options
// itself (`retry`, `tls`) is gone through likewise. Lists, and mappings whose keys are the user's (`headers`, `to`), are
// taken as a whole. Every value keeps its place. A shorthand is written out for it.
Node with_defaults(const Node& own, const Node& defaults, const SpecBase& spec);

// A mapping without what is no option of the spec.
Node known_options(const Node& written, const SpecBase& spec);

}  // namespace weir::config
