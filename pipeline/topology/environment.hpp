// Where the values of ${NAME} come from.
#pragma once

#include "pipeline/config/diagnostics.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// A source of environment values, so that tests do not touch the process's own. Returns nothing for an unset name.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// `base`, and below it the variables of the files (--env-file): what the process has set wins, so that a value can be
// changed for one run, and a later file beats an earlier one. As docker compose does. The files are read now, once.
Environment with_env_files(Environment base, const std::vector<std::filesystem::path>& files,
                           config::Diagnostics& findings);

}  // namespace weir
