#include "pipeline/control/steady_load.hpp"

#include "pipeline/control/config_files.hpp"
#include "pipeline/topology/yaml_files.hpp"

#include <sys/stat.h>

namespace weir {

namespace {

constexpr int kMostReadings = 5;
constexpr std::string_view kGone{"\0gone", 5};  // no path has a zero byte

void add_look(const std::filesystem::path& path, std::string& look) {
  look.append(path.string());
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    look += kGone;
    return;
  }
  for (const auto number :
       {static_cast<long long>(status.st_dev), static_cast<long long>(status.st_ino),
        static_cast<long long>(status.st_size), static_cast<long long>(status.st_mtim.tv_sec),
        static_cast<long long>(status.st_mtim.tv_nsec), static_cast<long long>(status.st_ctim.tv_sec),
        static_cast<long long>(status.st_ctim.tv_nsec), static_cast<long long>(status.st_mode)}) {
    look.append(1, '\0').append(std::to_string(number));
  }
}

LoadedConfig load_once(const std::vector<std::filesystem::path>& given, const Registry& registry,
                       const Environment& environment, const std::vector<std::filesystem::path>& env_files) {
  LoadedConfig loaded;
  const Result<std::vector<std::filesystem::path>> files = find_config_files(given);
  if (!files) {
    loaded.error = files.error();
    return loaded;
  }
  const Environment variables = with_env_files(environment, env_files, loaded.findings);
  Topology topology = load_topology(*files, registry, variables, loaded.findings);
  if (!loaded.findings.has_errors()) loaded.topology = std::move(topology);
  return loaded;
}

}  // namespace

std::string look_of_files(const std::vector<std::filesystem::path>& given) {
  std::string look;
  for (const std::filesystem::path& path : given) {
    std::error_code failure;
    if (!std::filesystem::is_directory(path, failure)) {
      add_look(path, look);
      continue;
    }
    for (const std::filesystem::path& file : yaml_files_in(path, failure)) add_look(file, look);
    if (failure) look.append(failure.message()).append(1, ';');
  }
  return look;
}

bool is_any_gone(const std::string& look) {
  return look.find(kGone) != std::string::npos;
}

LoadedConfig load_steadily(const std::vector<std::filesystem::path>& given, const Registry& registry,
                           const Environment& environment, const std::vector<std::filesystem::path>& env_files) {
  const std::vector<std::filesystem::path> all = with_variables(given, env_files);
  std::string before = look_of_files(all);
  for (int readings = 1;; ++readings) {
    LoadedConfig loaded = load_once(given, registry, environment, env_files);
    std::string after = look_of_files(all);
    if (after == before || readings == kMostReadings) return loaded;
    before = std::move(after);
  }
}

}  // namespace weir
