// From YAML text to Node: marks on every key and value, aliases and merge keys resolved, and no input that can hurt.
//
// YAML 1.2, one document. Keys are texts. `<<` takes a mapping or a list of mappings; explicit keys win, then earlier
// mappings. Refused, each with its place: duplicate keys, several documents, tags other than !!str, !!seq and !!map,
// invalid UTF-8, control characters, and whatever exceeds the limits.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/node.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace weir::config {

struct YamlLimits {
  std::size_t bytes = 1U << 20U;  // of the text
  std::size_t depth = 64;         // of nested lists and mappings
  std::size_t nodes = 200'000;    // values after aliases are expanded
};

// The document; nothing after an error behind which it cannot be understood. Other errors are in `out` alone, so that
// all can be found at once. An empty text is a null. `file` stands in the marks.
std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Diagnostics& out,
                               const YamlLimits& limits = {});

// The same from a file. Anything that is not a readable regular file of acceptable size is an error.
std::optional<Node> read_yaml(const std::filesystem::path& file, Diagnostics& out, const YamlLimits& limits = {});

}  // namespace weir::config
