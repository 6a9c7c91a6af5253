// What lint has to say: every finding with its place, what was expected, and what to do.
#pragma once

#include "pipeline/config/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

enum class Severity { warning, error };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;     // stable, kebab-case: "unknown-key", "wrong-type", "missing-key", "out-of-range", ...
  Mark mark;
  std::string path;     // "pipelines.domain-events.stages[1].dedupe.window"
  std::string message;  // what is wrong, and what was expected
  std::string hint;     // what to do: "did you mean 'window'?"; may be empty
};

// Collects findings in the order they are found.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic) { all_.push_back(std::move(diagnostic)); }
  void error(std::string code, const Mark& mark, std::string path, std::string message, std::string hint = {});
  void warning(std::string code, const Mark& mark, std::string path, std::string message, std::string hint = {});
  bool has_errors() const;
  const std::vector<Diagnostic>& all() const { return all_; }
  // One line each: "file:line:column: error: message (hint) [code]".
  std::string str() const;

 private:
  std::vector<Diagnostic> all_;
};

// The candidate nearest to `word` by edit distance, if near enough to be a slip of the pen; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "a.b" + "c" = "a.b.c"; "" + "c" = "c".
std::string join_path(std::string_view path, std::string_view key);

}  // namespace weir::config
