// The reference of the command line for people, in Markdown, out of the same table that it is parsed with.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace weir::cli {

// One page, ended by a line feed: docs/reference/cli.md.
std::string command_reference(const CLI::App& root);

}  // namespace weir::cli
