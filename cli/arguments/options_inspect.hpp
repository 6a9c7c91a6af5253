// What the command line says of the verbs that show a configuration, what it is made of and where it runs.
#pragma once

#include "pipeline/base/clock.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

struct SchemaOptions {};

struct ListOptions {
  std::string kind;  // "sinks"; empty: all kinds
  std::string name;  // empty: all of that kind
  bool json = false;
};

struct EchoOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> env_files;
  bool defaults = false;
  bool json = false;
};

enum class GraphFormat { dot, mermaid, json };

struct GraphOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> env_files;
  std::string pipeline;  // empty: all
  GraphFormat format = GraphFormat::dot;
};

struct ExplainOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> env_files;
  std::string pipeline;  // empty: all
  bool json = false;
};

struct CheckOptions {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> env_files;
  std::optional<std::filesystem::path> data_dir;
  Duration timeout = std::chrono::seconds(10);
  bool json = false;
};

enum class Shell { bash, zsh, fish };

struct CompletionOptions {
  Shell shell = Shell::bash;
};

}  // namespace weir::cli
