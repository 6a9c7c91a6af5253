// What a new configuration changes, in words and as JSON: the same in `weir plan`, in the log and over HTTP.
#pragma once

#include "pipeline/text/json_writer.hpp"
#include "pipeline/topology/diff.hpp"

#include <string>
#include <vector>

namespace weir {

enum class Unchanged : std::uint8_t { shown, left_out };

// One sentence per connection and pipeline: "pipeline 'orders': switched; stage dedupe rebuilt (window); …".
std::vector<std::string> describe_changes(const TopologyDiff& diff, Unchanged unchanged);

// The members "connections" and "pipelines" of the object that is open.
void write_changes(const TopologyDiff& diff, text::JsonWriter& json);

}  // namespace weir
