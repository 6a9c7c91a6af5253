#include "pipeline/topology/environment.hpp"

#include "pipeline/config/env_file.hpp"

#include <cstdlib>
#include <utility>

namespace weir {

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Environment with_env_files(Environment base, const std::vector<std::filesystem::path>& files,
                           config::Diagnostics& findings) {
  if (files.empty()) return base;
  config::Variables all;
  for (const std::filesystem::path& file : files) {
    for (auto& [name, value] : config::read_env_file(file, findings)) all.insert_or_assign(name, std::move(value));
  }
  return [base = std::move(base), all = std::move(all)](const std::string& name) -> std::optional<std::string> {
    if (std::optional<std::string> value = base(name)) return value;
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(found->second);
  };
}

}  // namespace weir
