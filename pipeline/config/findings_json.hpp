// Findings as JSON: the same in `weir lint --json` and over HTTP.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/text/json_writer.hpp"

namespace weir::config {

// The member "findings" of the object that is open: [{"severity","code","file","line","column","path","message","hint"}].
void write_findings(const Diagnostics& findings, text::JsonWriter& json);

}  // namespace weir::config
