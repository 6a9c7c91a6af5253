// What the options of decode and the preset mean for each part of a record.
#pragma once

#include "stages/decode.hpp"
#include "stages/payload_view.hpp"
#include "stages/record_texts.hpp"

#include <string_view>

namespace weir::stages {

// Whether `json_text` has `what` in its list.
bool names_json_text(const DecodeConfig& config, std::string_view what);
// The outbox preset unwraps by itself; a `fields:` map stands in its place.
bool is_outbox(const DecodeConfig& config);
bool unquotes_headers(const DecodeConfig& config);
KeyRules key_rules(const DecodeConfig& config);
PayloadRules payload_rules(const DecodeConfig& config);

}  // namespace weir::stages
