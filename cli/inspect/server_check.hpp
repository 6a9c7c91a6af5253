// Whether all that the enabled pipelines need is there: the body of `weir check`.
#pragma once

#include "cli/exit_codes.hpp"
#include "pipeline/base/blocking.hpp"
#include "pipeline/connection_check.hpp"
#include "pipeline/topology/topology.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace weir::cli {

// What was looked at in one place.
struct CheckedPlace {
  std::string name;  // "connection broker (kafka)", "files"
  std::vector<CheckLine> lines;
};

struct CheckTools {
  const Registry& registry;
  Clock& clock;
  Blocking& blocking;
  std::filesystem::path data_dir;
  Duration patience;
};

// Every connection that an enabled pipeline uses, one after the other, then files and the data directory. What is
// referred to outlives the call. Starts no embedded server; makes and changes nothing.
Task<std::vector<CheckedPlace>> check_places(const Topology& topology, const CheckTools& tools);

// ok, or not_found: something is not there, or does not let weir in.
ExitCode check_exit_code(const std::vector<CheckedPlace>& places);
std::string render_checks(const std::vector<CheckedPlace>& places, bool colours);
// {"ok":1,"warnings":0,"failed":0,"checks":[{"place","state","what","text","cure"}]}
std::string render_checks_json(const std::vector<CheckedPlace>& places);

}  // namespace weir::cli
