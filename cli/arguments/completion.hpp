// What a shell may offer for a command line that is being written, out of the same table that it is parsed with.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// The hidden verb that the scripts of completion_script.hpp call: `weir complete-words SHELL -- WORD...`, the last word being the one that
// is written. Answers with a line that says what the shell adds of its own (words: nothing; files; directories), and
// one line for each word that may stand there: the word, a tab, and what it means.
inline constexpr std::string_view kCompleteWords = "complete-words";

// `words` behind the verb's own name; nothing where they are not what a script of ours would send.
std::optional<std::string> complete_words(const CLI::App& root, const std::vector<std::string>& words);

}  // namespace weir::cli
