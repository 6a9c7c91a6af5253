#include "cli/run/config_input.hpp"

#include "pipeline/config/yaml.hpp"

#include <algorithm>
#include <iostream>

namespace weir::cli {

bool names_standard_input(const std::vector<std::filesystem::path>& files) {
  return std::ranges::find(files, std::filesystem::path("-")) != files.end();
}

bool is_standard_input_alone(const std::vector<std::filesystem::path>& files, const Console& console) {
  if (files.size() == 1) return true;
  console.error("'-', the standard input, is a whole configuration; name files, or '-' alone");
  return false;
}

std::string take_standard_input() {
  std::string text(config::YamlLimits().bytes + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  return text;
}

}  // namespace weir::cli
