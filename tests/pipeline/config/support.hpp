// What the tests of the configuration share: YAML in, findings out.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/yaml.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::config {

// Parses text that is expected to be good.
inline Node good_yaml(std::string_view text) {
  Diagnostics out;
  const std::optional<Node> node = parse_yaml(text, "f.yaml", out);
  EXPECT_TRUE(node.has_value()) << out.str();
  EXPECT_EQ(out.str(), "");
  return node.value_or(Node());
}

// The findings for text that is expected to be refused; what could be understood of it may be there.
inline std::string bad_yaml(std::string_view text, const YamlLimits& limits = {}) {
  Diagnostics out;
  parse_yaml(text, "f.yaml", out, limits);
  EXPECT_TRUE(out.has_errors()) << "accepted: " << text.substr(0, 200);
  return out.str();
}

inline auto environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

// "line:column" of a node.
inline std::string at(const Node& node) {
  return std::to_string(node.mark().line) + ":" + std::to_string(node.mark().column);
}

}  // namespace weir::config
