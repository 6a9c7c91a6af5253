// Which raw librdkafka properties a user may set, and which are weir's own.
#pragma once

#include "connectors/kafka/settings.hpp"

#include <string>
#include <string_view>

namespace weir::connectors::kafka {

// Why a raw property is refused, as a sentence, or an empty string. Pure.
std::string refuse_raw_property(std::string_view name);
// The same for a whole block: the first refusal.
std::string refuse_raw_properties(const RawProperties& properties);
// Whether what such a property holds must not be shown.
bool is_secret_property(std::string_view name);

}  // namespace weir::connectors::kafka
