// libFuzzer: any bytes as the files of a configuration, with files of variables and a secret beside them: everything that
// loading does, up to the plan. A line of three percent signs stands between the parts; the first two are files of
// variables, the third is what secret.txt holds, all others are YAML.
#include "pipeline/topology/environment.hpp"
#include "pipeline/topology/topology.hpp"
#include "tests/pipeline/config/components.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

// libfyaml 0.7.12 does not free the text of some tokens after a syntax error; what it leaks there is not ours.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfyaml\n";
}

namespace {

constexpr std::string_view kBetween = "\n%%%\n";
constexpr std::size_t kMostParts = 8;

std::vector<std::string> parts_of(std::string_view bytes) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < kMostParts && bytes.find(kBetween) != std::string_view::npos) {
    parts.emplace_back(bytes.substr(0, bytes.find(kBetween)));
    bytes.remove_prefix(bytes.find(kBetween) + kBetween.size());
  }
  parts.emplace_back(bytes);
  return parts;
}

// One of this process, taken away when it ends.
struct Directory {
  std::filesystem::path path;
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-fuzz-XXXXXX").string();
    const char* made = ::mkdtemp(pattern.data());
    if (made == nullptr) std::abort();
    path = made;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::ofstream(path / name, std::ios::binary) << content;
    return path / name;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const weir::Registry registry = weir::test_registry();
  static const Directory directory;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Files of the machine are not looked into.
  if (bytes.find("file:") != std::string_view::npos && bytes.find('/') != std::string_view::npos) return 0;
  const std::vector<std::string> parts = parts_of(bytes);
  std::vector<std::filesystem::path> variables;
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i < 2)
      variables.push_back(directory.write(std::to_string(i) + ".env", parts[i]));
    else if (i == 2)
      directory.write("secret.txt", parts[i]);
    else
      files.push_back(directory.write(std::to_string(i) + ".yaml", parts[i]));
  }
  weir::config::Diagnostics findings;
  const weir::Environment nothing_set = [](const std::string&) {
    return std::optional<std::string>();
  };
  const weir::Environment environment = weir::with_env_files(nothing_set, variables, findings);
  const weir::Topology topology = weir::load_topology(files, registry, environment, findings);
  // A plan without an error is whole.
  for (const weir::PipelinePlan& pipeline : topology.pipelines) {
    if (!findings.has_errors() && (!pipeline.source.is_sound || pipeline.lacks_stages)) std::abort();
  }
  return 0;
}
