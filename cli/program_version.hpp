// What this program is made of.
#pragma once

#include "pipeline/admin/scrape.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

struct VersionFact {
  std::string_view name;
  std::string value;  // empty: this build has none
};

// The version first.
std::vector<VersionFact> version_facts();
// One JSON object, ended by a line feed.
std::string version_json();
// The part that stands in metrics.
admin::Identity program_identity();

}  // namespace weir::cli
