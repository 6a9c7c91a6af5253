// Reads what a sink, stream, topic or file must hold: one place of an `expect:`.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "testkit/expect/expectation.hpp"

#include <string>

namespace weir::testkit {

//   [ ... ]                        these items in this order, and no others
//   { count: 3 }                   so many, whatever they are
//   { any_order: [ ... ] }         these items, and no others
//   { contains: [ ... ], count: 9 }  these items among others
//
// An item is a mapping of fields, or short: an event's type, a record's value, what stands in a line.
ExpectedList read_list(const config::Node& node, const std::string& path, Output::Kind kind, config::Diagnostics& out);

}  // namespace weir::testkit
