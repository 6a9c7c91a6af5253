#include "cli/build_info.hpp"
#include "cli/program_version.hpp"
#include "cli/verbs.hpp"

#include <ostream>

namespace weir::cli {

ExitCode run_version(const VersionOptions& options, Console& console) {
  const std::vector<VersionFact> facts = version_facts();
  if (!options.json) {
    console.out << "weir " WEIR_VERSION "\n";
    for (std::size_t i = 1; i < facts.size(); ++i) {
      if (facts[i].value.empty()) continue;
      console.out << "  " << facts[i].name << std::string(14 - facts[i].name.size(), ' ') << facts[i].value << '\n';
    }
    return ExitCode::ok;
  }
  console.out << version_json();
  return ExitCode::ok;
}

}  // namespace weir::cli
