// The `drop` sink: confirms everything and keeps nothing.
#pragma once

#include "pipeline/topology/registry.hpp"

namespace weir::sinks::drop {

struct DropConfig {};

Spec<DropConfig> drop_spec();
std::unique_ptr<Sink> make_drop_sink(BuildContext& context);
void register_drop_sink(Registry& registry);

}  // namespace weir::sinks::drop
