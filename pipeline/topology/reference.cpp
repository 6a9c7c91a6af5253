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

A configuration is one YAML file or several, with two blocks at the top; keys that begin with `x-` are yours, as a home for anchors.

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
```

| notation | means |
|---|---|
| duration | numbers with their units: `300ms`, `5s`, `1h30m`, `24h`, `7d` |
| size | a number with its unit: `512KiB`, `64MiB`, `1GB` |
| text with braces | `{topic}`, `{event_type\\|lower}`: a part of the message, where the option says so; `{{` and `}}` are braces |
| `${NAME}`, `${NAME:default}` | an environment variable; put it in double quotes within `[ ]` and `{ }` |
| `${file:/path}` | the text of a file, such as a secret |

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

}  // namespace

std::string reference_page(const Registry& registry) {
  return PageWriter(registry).write();
}

}  // namespace weir::config
