// What stands at one place, held against what a test expects there.
#pragma once

#include "testkit/expect/difference.hpp"
#include "testkit/expect/expectation.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace weir::testkit {

// Nothing: `found` is as expected. The outputs are borrowed. `about`: "stream Order-1". `with_place`: they lie at several
// places, so each says where.
std::optional<Difference> compare_list(const ExpectedList& expected, const std::vector<const Output*>& found,
                                       Output::Kind kind, std::string_view about, bool with_place);

// Where the output is not as the item says; nothing: it is.
std::optional<Unlike> differs(const ExpectedItem& item, const Output& output);

}  // namespace weir::testkit
