// How outputs and expected items are shown: one line each.
#pragma once

#include "testkit/expect/expectation.hpp"

#include <string>

namespace weir::testkit {

// "{ type: OrderPlaced, data: {"amount":5} }": what tells outputs of one place apart. `with_place`: the stream, topic or
// file, too. Long values are cut.
std::string describe(const Output& output, bool with_place);
// As the test has it, on one line.
std::string describe(const ExpectedItem& item);
// "2 events", "1 record", "no lines".
std::string count_text(std::size_t count, Output::Kind kind);

}  // namespace weir::testkit
