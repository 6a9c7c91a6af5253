#include "pipeline/topology/reference.hpp"

#include "pipeline/topology/pipeline_reader.hpp"

#include <algorithm>

namespace weir::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Every component and every option, with its default, its bounds and an example. This page is made by `weir lint --reference` out of what
checks the files; a test holds it against the program. For editors there is the same as a JSON Schema: after
`weir schema > weir.schema.json`, a file whose first line is `# yaml-language-server: $schema=./weir.schema.json` is completed and checked as it is
written.

A configuration is one YAML file, several, or a directory of them; together they have these blocks at the top. Keys that begin with `x-` are
yours, as a home for anchors.

```yaml
connections:              # clients that pipelines share, by a name of your choice
  broker: { kafka: { brokers: "kafka-1:9092" } }
pipelines:                # by name: a source, stages in order, sinks by name
  orders:
    source: { kafka: { connection: broker, topics: [orders], group: orders } }
    stages: [ { decode: {} }, { persist: {} }, { ack: {} } ]
    sinks:
      events: { file: { path: events.jsonl } }
      dlq: { kafka: { connection: broker, topic: orders.dlq } }
defaults:                 # options that many share
  pipeline: { memory: 128MiB }
  stage: { persist: { on_exhausted: pause } }
  sink: { kafka: { connection: broker } }
```

| notation | means |
|---|---|
| duration | numbers with their units: `300ms`, `5s`, `1h30m`, `24h`, `7d` |
| size | a number with its unit: `512KiB`, `64MiB`, `1GB` |
| text with braces | `{topic}`, `{event_type\\|lower}`: a part of the message, where the option says so; `{{` and `}}` are braces |
| `${NAME}`, `${NAME:default}` | a variable, or the default where it is not set; the default may hold `${...}` again. Put it in double quotes within `[ ]` and `{ }` |
| `${file:PATH}` | what the file holds, such as a secret, without the line end at its end; at most 1 MiB. A relative path lies beside the file of configuration |
| `$${` | a literal `${` |

Values are put in after the YAML is read: whatever they hold, they cannot change its structure. Then they are read as what the option wants:
`"${KAFKA_ENABLED:true}"` is a boolean. They are never shown in a finding or a log.

**Variables** come from the environment, and from files that `--env-file FILE` names, one `NAME=value` a line. What the environment has wins, so
that a value can be changed for one run; a later file beats an earlier one. Quotes, comments and `export` are understood; `${...}` in such a file
is not expanded, and refused outside of single quotes.

**Defaults** stand under `defaults:`, by `pipeline`, `connection`, `source`, `stage` and `sink`; below the latter four by the name of the component.
What a component or pipeline says itself wins, option by option; an option with options of its own (`retry`, `tls`) is gone through likewise. Lists,
and mappings with keys of your choice (`headers`, `to`, `fields`), are taken as a whole. With several files, defaults hold for all of them.

**Findings** of `weir lint` have codes: see [findings.md](findings.md).

An option without a default in the tables must be written where it says *required*; an empty default is an empty text, list or mapping.
)";

// A table's cell: one line, with the bars of the text told from those of the table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) {
  return "`" + cell(text) + "`";
}

std::string range_of(const OptionInfo& info) {
  if (info.min.empty() && info.max.empty()) return {};
  if (info.max.empty()) return " At least " + code(info.min) + ".";
  if (info.min.empty()) return " At most " + code(info.max) + ".";
  return " From " + code(info.min) + " to " + code(info.max) + ".";
}

std::string choices_of(const OptionInfo& info) {
  std::string text;
  for (const std::string& choice : info.choices) text += (text.empty() ? " One of " : ", ") + code(choice);
  return text.empty() ? text : text + ".";
}

// The options of an object, or of the objects in a list or mapping; nullptr for all else.
const SpecBase* inner_spec(const Shape& shape) {
  if (shape.object != nullptr) return shape.object.get();
  return shape.item == nullptr ? nullptr : inner_spec(*shape.item);
}

class PageWriter {
 public:
  explicit PageWriter(const Registry& registry) : registry_(registry) {}

  std::string write() {
    text_ = kIntroduction;
    const Spec<weir::detail::PipelineOptions> pipeline = weir::detail::PipelineOptions::spec();
    text_ += "\n## Pipelines\n\n" + pipeline.doc() + "\n\n";
    table(pipeline);
    components("Connections", {ComponentKind::connection});
    components("Sources", {ComponentKind::source});
    components("Stages", {ComponentKind::stage, ComponentKind::persist, ComponentKind::ack});
    components("Sinks", {ComponentKind::sink});
    return std::move(text_);
  }

 private:
  void components(const std::string& title, const std::vector<ComponentKind>& kinds) {
    text_ += "\n## " + title + "\n";
    for (const ComponentKind kind : kinds) {
      for (const ComponentType* type : registry_.all(kind)) component(*type);
    }
  }

  void component(const ComponentType& type) {
    text_ += "\n### " + type.name + "\n\n" + type.spec->doc() + "\n\n";
    if (type.spec->options().empty()) {
      text_ += "It has no options: `" + type.name + ": {}`.\n";
      return;
    }
    table(*type.spec);
  }

  void table(const SpecBase& spec) {
    text_ += "| option | type | default | meaning |\n|---|---|---|---|\n";
    rows(spec, {});
    if (spec.shorthand_shape().has_value())
      text_ +=
          "\nMay also be written as the " + spec.shorthand_shape()->str() + " alone, without a mapping of options.\n";
  }

  void rows(const SpecBase& spec, const std::string& prefix) {
    for (const OptionInfo& info : spec.options()) {
      row(info, prefix);
      const SpecBase* inner = inner_spec(info.shape);
      const std::string below = info.shape.kind == Shape::Kind::object ? "." : "[].";
      if (inner != nullptr) rows(*inner, prefix + info.key + below);
    }
  }

  void row(const OptionInfo& info, const std::string& prefix) {
    const bool shows_default = !info.required && !info.secret && inner_spec(info.shape) == nullptr;
    std::string meaning = cell(info.doc) + choices_of(info) + range_of(info);
    if (info.secret) meaning += " Secret: never shown.";
    if (!info.example.empty()) meaning += " Example: " + code(info.example) + ".";
    const bool is_empty = info.default_value.empty() || info.default_value == "\"\"";
    const std::string value = info.required ? "*required*" : shows_default && !is_empty ? code(info.default_value) : "";
    text_ += "| " + code(prefix + info.key) + " | " + info.type + " | " + value + " | " + meaning + " |\n";
  }

  const Registry& registry_;
  std::string text_;
};

constexpr std::string_view kFindings = R"(# Findings

What `weir lint`, `weir run` and `weir dev` may say of a configuration. This page is made by `weir lint --codes`; a test holds it against the program.

A line has the place, how bad it is, what is wrong and what was expected, what to do, and a code that never changes:

    pipelines.yaml:23:19: error: unknown key 'windw'; known are key, window (did you mean 'window'?) [unknown-key]

All that can be found at once is found at once, each once: what stands behind an anchor or under `defaults:` is reported where it is written,
however many pipelines use it. With an error, nothing is started. A warning is printed and no more, but for `weir lint --strict`, which then ends
with exit code 1. What came out of `${...}`, and secrets, are never shown.

With `--json` there is one document, for scripts; members may be added to it, none is taken away or renamed:

    {"files":1,"errors":1,"warnings":0,"findings":[{"severity":"error","code":"unknown-key","file":"pipelines.yaml","line":23,"column":19,
     "path":"pipelines.orders.stages[1].dedupe","message":"unknown key 'windw'; known are key, window","hint":"did you mean 'window'?"}]}

`severity` is `error` or `warning`; `line` and `column` count from 1, columns in characters, and are 0 where a file as a whole is meant; `path` and
`hint` may be empty. At most 1000 findings are kept.

| code | what it says | what to do |
|---|---|---|
)";

}  // namespace

std::string findings_page() {
  std::string page(kFindings);
  for (const CodeRow& row : kFindingCodes) {
    page.append("| ").append(code(row.name)).append(" | ").append(cell(row.meaning));
    page.append(" | ").append(cell(row.cure)).append(" |\n");
  }
  return page;
}

std::string reference_page(const Registry& registry) {
  return PageWriter(registry).write();
}

}  // namespace weir::config
