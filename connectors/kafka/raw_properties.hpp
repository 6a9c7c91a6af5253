// Which raw librdkafka properties a user may set, and which are weir's own.
#pragma once

#include "connectors/kafka/settings.hpp"
#include "pipeline/config/diagnostics.hpp"

#include <string>
#include <string_view>

namespace weir::connectors::kafka {

// Why a raw property is refused, as a sentence, or an empty string. Pure.
std::string refuse_raw_property(std::string_view name);
// The whole block `librdkafka` of a component: names that are refused, or that librdkafka does not know; values that it
// refuses; passwords that stand in the file. Asks the library itself, and opens nothing. `where`: the component's node.
void check_raw_properties(const RawProperties& properties, const config::Node& where, const std::string& path,
                          config::Diagnostics& out);
// Whether what such a property holds must not be shown.
bool is_secret_property(std::string_view name);

}  // namespace weir::connectors::kafka
