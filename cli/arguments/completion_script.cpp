// The scripts know nothing of weir's words: they ask the program that is on the command line.
#include "cli/arguments/completion_script.hpp"

namespace weir::cli {

namespace {

constexpr std::string_view kBash = R"(# Completes the words of weir in bash. To have it in every shell, in ~/.bashrc:
#   source <(weir completion bash)
_weir() {
  local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]/#\~/$HOME} word
  local -a answer=()
  [[ $current == = ]] && current=
  mapfile -t answer < <("$program" complete-words bash -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  case ${answer[0]} in
    files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
    directories)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
  esac
  for word in "${answer[@]:1}"; do COMPREPLY+=("${word%%$'\t'*}"); done
}
complete -F _weir weir
)";

constexpr std::string_view kZsh = R"(#compdef weir
# Completes the words of weir in zsh. To have it in every shell: in ~/.zshrc, behind compinit,
#   source <(weir completion zsh)
# or this text as a file _weir in a folder of $fpath.
_weir() {
  local -a answer words_of_weir
  local line
  answer=("${(@f)$("${words[1]}" complete-words zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${(@)answer[2,-1]}"; do
    words_of_weir+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  (( $#words_of_weir )) && _describe -t words weir words_of_weir
  case $answer[1] in
    files) _files ;;
    directories) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _weir ]]; then _weir "$@"; else compdef _weir weir; fi
)";

constexpr std::string_view kFish = R"(# Completes the words of weir in fish. To have it in every shell:
#   weir completion fish > ~/.config/fish/completions/weir.fish
function __weir_complete
  set -l line (commandline -opc)
  set -l current (commandline -ct)
  set -l program $line[1]
  set -e line[1]
  set -l answer ($program complete-words fish -- $line "$current" 2>/dev/null)
  switch "$answer[1]"
    case files
      __fish_complete_path "$current"
    case directories
      __fish_complete_directories "$current"
  end
  test (count $answer) -gt 1; and printf '%s\n' $answer[2..-1]
end
complete -c weir -f -a '(__weir_complete)'
)";

}  // namespace

std::string_view completion_script(Shell shell) {
  switch (shell) {
    case Shell::bash:
      return kBash;
    case Shell::zsh:
      return kZsh;
    case Shell::fish:
      return kFish;
  }
  return {};
}

}  // namespace weir::cli
