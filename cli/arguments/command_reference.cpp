#include "cli/arguments/command_reference.hpp"

#include <vector>

namespace weir::cli {

namespace {

constexpr std::string_view kBeginning = R"(# Command line

Every verb and every option. This page is made by `weir help --reference` out of what parses the command line; a test holds it against the
program. `weir VERB --help` has the same in a terminal. What a verb may end with is in [exit-codes.md](exit-codes.md).

## Completion

`weir completion bash`, `zsh` or `fish` prints a script that completes verbs, options, their values and files:

    source <(weir completion bash)                                       # in ~/.bashrc
    source <(weir completion zsh)                                        # in ~/.zshrc, behind compinit
    weir completion fish > ~/.config/fish/completions/weir.fish
)";

// A table's cell: one line, its bars told from those of the table.
std::string cell_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

using Options = std::vector<const CLI::Option*>;

// Its positionals, else its options.
Options options_of(const CLI::App& verb, bool positional) {
  return verb.get_options([positional](const CLI::Option* option) {
    const bool is_help = option->check_lname("help");
    return !option->get_group().empty() && !is_help && option->get_positional() == positional;
  });
}

std::string usage_of(const CLI::App& verb, const std::string& path) {
  std::string usage = path;
  if (!options_of(verb, false).empty()) usage += " [OPTIONS]";
  for (const CLI::Option* option : options_of(verb, true)) {
    const std::string name = option->get_name(true) + (option->get_items_expected_max() > 1 ? "..." : "");
    usage += option->get_required() ? " " + name : " [" + name + "]";
  }
  return usage;
}

std::string spelling_of(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += (text.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames()) text += (text.empty() ? "--" : ", --") + name;
  if (text.empty()) return option.get_name(true);
  const bool takes_value = option.get_items_expected_max() > 0;
  return takes_value ? text + " " + option.get_type_name() : text;
}

void append_table(const CLI::App& verb, std::string& out) {
  Options all = options_of(verb, true);
  for (const CLI::Option* option : options_of(verb, false)) all.push_back(option);
  if (all.empty()) return;
  out += "| word | meaning |\n|---|---|\n";
  for (const CLI::Option* option : all) {
    const bool must = option->get_required() && !option->get_positional();
    out += "| `" + cell_of(spelling_of(*option)) + "` | " + cell_of(option->get_description()) +
           (must ? " *Required.*" : "") + " |\n";
  }
  out += '\n';
}

void append_verb(const CLI::App& verb, const std::string& path, std::string& out) {
  const bool is_family = verb.get_require_subcommand_min() > 0;
  out += "\n## " + path + "\n\n" + verb.get_description() + ".\n\n";
  if (!is_family) out += "    " + usage_of(verb, path) + "\n\n";
  append_table(verb, out);
  if (!verb.get_footer().empty()) out += "```text\n" + verb.get_footer() + "\n```\n";
  for (const CLI::App* inner : verb.get_subcommands([](const CLI::App*) { return true; })) {
    if (!inner->get_group().empty()) append_verb(*inner, path + " " + inner->get_name(), out);
  }
}

}  // namespace

std::string command_reference(const CLI::App& root) {
  std::string out(kBeginning);
  for (const CLI::App* verb : root.get_subcommands([](const CLI::App*) { return true; })) {
    if (!verb->get_group().empty()) append_verb(*verb, "weir " + verb->get_name(), out);
  }
  return out;
}

}  // namespace weir::cli
