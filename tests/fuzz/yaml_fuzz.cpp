// libFuzzer: any bytes as YAML, then substituted. Looks for crashes, hangs and sanitizer findings.
#include "pipeline/config/substitute.hpp"
#include "pipeline/config/yaml.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// libfyaml 0.7.12 does not free the text of some tokens after a syntax error; what it leaks there is not ours.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfyaml\n";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::config;
  Diagnostics findings;
  const std::optional<Node> document = parse_yaml({reinterpret_cast<const char*>(data), size}, "fuzz.yaml", findings);
  if (!document) return 0;
  const Lookup lookup = [](const std::string& name) -> std::optional<std::string> {
    if (name.starts_with("U")) return std::nullopt;
    return "value of " + name + " ${A} }";
  };
  // Files of the machine are not looked into: whatever is named there is not a YAML matter.
  if (std::string_view(reinterpret_cast<const char*>(data), size).find("file:") == std::string_view::npos) {
    substitute(*document, lookup, findings);
  }
  return 0;
}
