#include "cli/arguments/help.hpp"

#include <array>
#include <utility>

namespace weir::cli {

std::string_view inspection_examples(std::string_view verb) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTexts = {{
      {"schema",
       R"(Editors that know YAML complete and check a configuration by it. With the YAML language server (VS Code, Neovim, Helix
and others) the first line of the configuration names the file:
  # yaml-language-server: $schema=./weir.schema.json

Examples:
  weir schema > weir.schema.json)"},
      {"list",
       R"(What stands under `connections:` and, in a pipeline, as its source, its stages and its sinks. With a NAME: every option
with its type, default, bounds and an example.

Exit codes: 4 there is no component of that name.

Examples:
  weir list
  weir list sinks
  weir list sinks kafka
  weir list --json | jq -r '.stages[].name')"},
      {"echo",
       R"(The configuration as weir understands it, as one document: variables put in, anchors and shorthand written out, options
that say what holds anyway left out (--defaults: written out, too). It reads back as the same plan.

Secrets are masked: *** stands in their place, also within a connection string. One that is written as ${NAME} or
${file:PATH}, without more, stays as it is written.

Exit codes: 3 the configuration has errors; 4 a file is not there.

Examples:
  weir echo pipelines.yaml
  weir echo conf.d/ --defaults
  diff <(weir echo old.yaml) <(weir echo new.yaml))"},
      {"graph",
       R"(Topics, the stages they pass, the routes with their patterns, the sinks and what they write to. Nothing is opened.

Exit codes: 3 the configuration has errors; 4 a file, or the pipeline, is not there.

Examples:
  weir graph pipelines.yaml | dot -Tsvg > pipelines.svg
  weir graph pipelines.yaml --format mermaid         for Markdown: GitHub and GitLab draw it
  weir graph pipelines.yaml --format json | jq .edges)"},
      {"explain",
       R"(For every pipeline: what is read and when it is committed, how often something is tried again and what then, what becomes
of an event that is wrong, of one that no route takes, of a tombstone; how much memory it may hold. For every way to a
sink: what a redelivery does, in what order events arrive, what waits when one cannot go on. Nothing is opened.

Exit codes: 3 the configuration has errors; 4 a file, or the pipeline, is not there.

Examples:
  weir explain pipelines.yaml
  weir explain conf.d/ --pipeline orders
  weir explain pipelines.yaml --json | jq '.pipelines[].paths[] | {sink, guarantee}')"},
      {"check",
       R"(Asks every server that the enabled pipelines use, and reports one line for each thing: whether it answers and lets weir
in, whether the topics are there, the one for dead letters above all, how the group stands, which version a store is,
whether files can be written. Nothing is made, changed or read away; no group is joined. Connections that are `embedded`
are started by `run`, and not here.

Exit codes: 0 all is there (warnings aside); 3 the configuration has errors; 4 something is not there, or does not let
weir in.

Examples:
  weir check pipelines.yaml
  weir check pipelines.yaml --timeout 3s --json | jq '.checks[] | select(.state != "ok")'
  weir check pipelines.yaml && weir run pipelines.yaml)"},
      {"completion",
       R"(What is offered comes from the program itself: verbs, options, their values, files.

Examples:
  source <(weir completion bash)                                  in ~/.bashrc
  source <(weir completion zsh)                                   in ~/.zshrc, behind compinit
  weir completion fish > ~/.config/fish/completions/weir.fish)"},
  }};
  for (const auto& [name, text] : kTexts) {
    if (name == verb) return text;
  }
  return {};
}

}  // namespace weir::cli
