// What lint has to say: every finding with its place, what was expected, and what to do.
#pragma once

#include "pipeline/config/finding_code.hpp"
#include "pipeline/config/node.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace weir::config {

enum class Severity { warning, error };

struct Diagnostic {
  Severity severity = Severity::error;
  FindingCode code;
  Mark mark;
  std::string path;          // "pipelines.domain-events.stages[1].dedupe.window"
  std::string message;       // what is wrong, and what was expected
  std::string hint;          // what to do: "did you mean 'window'?"; may be empty
  std::string excerpt = {};  // the line of the file and a caret below the place, each with a line end; mostly empty

  // "file:line:column: error: path: message (hint) [code]".
  std::string str() const;
};

// Collects findings in the order they are found, each once: what stands in a default or behind an anchor is read as
// often as it is used. Keeps the first kMax and counts the rest: a hostile file must not fill the memory.
class Diagnostics {
 public:
  static constexpr std::size_t kMax = 1000;

  void add(Diagnostic diagnostic);
  void error(FindingCode code, const Mark& mark, std::string path, std::string message, std::string hint = {});
  void warning(FindingCode code, const Mark& mark, std::string path, std::string message, std::string hint = {});
  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  // One line each, and how many were left out.
  std::string str() const;

 private:
  std::vector<Diagnostic> all_;
  std::unordered_set<std::string> known_;  // what `all_` has: place, code and message
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
};

// The candidate nearest to `word` by edit distance, if near enough to be a slip of the pen; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// "did you mean 'window'?" for the nearest candidate; else the list of all of them: "known: key, window".
std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates);

// The line of `text` that `mark` is in, and below it a caret at its column. Empty for a line that may hold a secret, and
// where there is no such line.
std::string excerpt_of(std::string_view text, const Mark& mark);

// Text out of a file as it may stand in a message: in single quotes, shortened, control characters escaped.
std::string quote(std::string_view text);

// "a.b" + "c" = "a.b.c"; "" + "c" = "c".
std::string join_path(std::string_view path, std::string_view key);
// "a.b" + 2 = "a.b[2]".
std::string join_path(std::string_view path, std::size_t index);

}  // namespace weir::config
