// The codes of all findings: the one table, from which docs/reference/findings.md is made, too.
#pragma once

#include <array>
#include <string_view>

namespace weir::config {

struct CodeRow {
  std::string_view name;     // stable; kebab-case
  std::string_view meaning;  // what it says of the file
  std::string_view cure;     // what to do
};

// By name. A code is never renamed, nor used for something else: scripts go by it.
inline constexpr std::array kFindingCodes = {
    CodeRow{"bad-alias", "`*name` refers to no anchor before it, or stands inside of the value it refers to.",
            "Put `&name` before the first value of that kind, above the alias."},
    CodeRow{"bad-env-file", "A line of an `--env-file` is not understood.",
            "Write one `NAME=value` a line; put what has blanks, quotes or `#` in quotes."},
    CodeRow{"bad-key", "A key is missing, a list or a mapping.", "Keys are texts: write one, in quotes if need be."},
    CodeRow{"bad-merge", "`<<` has something else than a mapping, or a list of them.", "Write `<<: *name`."},
    CodeRow{"bad-name", "A name has characters that metrics, logs and URLs do not bear.",
            "Use `a-z`, `0-9`, `_` and `-`, at most 100 of them."},
    CodeRow{"bad-pattern", "A pattern of `route` cannot be read, or stands twice.",
            "End a prefix with `*`, begin a regular expression with `^`, write all else exactly."},
    CodeRow{"bad-regex", "A regular expression of a test cannot be read.", "Write it in RE2's syntax."},
    CodeRow{"bad-source", "An entry of `fields` names no place in a record.",
            "Write a JSON pointer (`/order/id`), `header:NAME` or `key`; `data` wants a pointer."},
    CodeRow{"bad-substitution", "A `${...}` cannot be read, or stands in a key.",
            "Write `${NAME}`, `${NAME:default}` or `${file:PATH}`; a literal `${` is `$${`."},
    CodeRow{"bad-tag", "A YAML tag (`!name`) that has no meaning here.", "Leave it away."},
    CodeRow{"bad-text", "The file is not UTF-8, or holds a control character.",
            "Save it as UTF-8; write control characters as escapes in double quotes."},
    CodeRow{"dlq-incomplete", "The sink `dlq` does not keep a record as it came.",
            "Use a sink that does: `kafka`, `file` or `eventstoredb`."},
    CodeRow{"dlq-needs-event", "Where a dead letter goes depends on something that a record which failed may not have.",
            "Use `{topic}`, `{partition}` or a fixed name for the sink `dlq`."},
    CodeRow{"duplicate-key", "A key or a name is given twice, in one file or in two of them.",
            "Remove or rename one; the finding names the place of the first."},
    CodeRow{"duplicate-variable", "An `--env-file` sets a variable twice; the last line counts.", "Remove one."},
    CodeRow{"inconsistent", "Options that belong together do not fit each other.", "Do what the finding says."},
    CodeRow{"invalid-value", "An option refuses its value.", "Write what the finding says is expected."},
    CodeRow{"missing-key", "An option that is required is not there.", "Add it; the finding has an example."},
    CodeRow{"misspelt-default", "A pattern of `route` looks like `default`, and stands for that exact text only.",
            "Write `default`; for the exact text, write it as an expression: `^Default$`."},
    CodeRow{"mixed-group", "Two pipelines share a consumer group, and read different topics.",
            "Give each a group of its own: otherwise each start and stop of one interrupts the other."},
    CodeRow{"no-dlq", "There is no sink named `dlq`: a record that is wrong in itself would stop the pipeline.",
            "Add one, such as `dlq: { file: { path: dead-letters.jsonl } }`."},
    CodeRow{"no-effect", "An option changes nothing, because of another one.", "Leave it out, or change the other."},
    CodeRow{"no-files", "No file is given, or a directory has none.", "Name a `*.yaml` file, or a directory of them."},
    CodeRow{"no-pipelines", "The files define no pipeline.", "Add one under `pipelines:`."},
    CodeRow{"no-route", "There are several sinks, and nothing that chooses.", "Add a stage `route`."},
    CodeRow{"no-sinks", "A pipeline has no sink but `dlq`.", "Add one under `sinks:`."},
    CodeRow{"not-checked", "There is more to compare than can be compared in good time.", "Split the configuration."},
    CodeRow{"not-decoded", "A stage or sink wants a field of the event, and no stage before it decodes messages.",
            "Add `- decode: {}` before it."},
    CodeRow{"not-updated", "`weir test --update` could not write what was seen into the file.",
            "Do what the finding says, and update again."},
    CodeRow{"one-component", "A stage, source, sink or connection has none, or more than one, name.",
            "Write one name, and its options indented below it."},
    CodeRow{"out-of-range", "A number, duration or size is too small or too large.",
            "Choose one within the bounds that the finding names."},
    CodeRow{"output-is-input", "What a pipeline writes is read again: it goes round, or may.",
            "Write to another topic or stream, or do not read that one."},
    CodeRow{"required-not-read", "`decode` requires a field that its `fields` do not read: every event would fail.",
            "Add the field to `fields`, or take it out of `required`."},
    CodeRow{"routed-twice", "A `route` undoes what another one before it chose.", "Make one of the two."},
    CodeRow{"secret-in-clear", "A password or the like is written in the file.",
            "Put it into the environment, or a file: `${NAME}`, `${file:/run/secrets/name}`."},
    CodeRow{"several-documents", "A file has several YAML documents.", "Keep one `---` per file."},
    CodeRow{"shared-file", "Two sinks write into one file.", "Give each a file of its own."},
    CodeRow{"shared-group", "Two pipelines share a consumer group and a topic: each would get a part of the records.",
            "Give each a group of its own."},
    CodeRow{"short-window", "`dedupe` forgets an id before `persist` is done with trying.",
            "Make the window longer than all waits of `persist` together."},
    CodeRow{"stage-order", "`persist` and `ack` are missing, doubled, or not the last two stages.",
            "End the list with `- persist: {}` and `- ack: {}`."},
    CodeRow{"syntax", "The text is not valid YAML.", "See the line shown, and the one above it."},
    CodeRow{"too-deep", "Lists and mappings are nested too deep.", "Flatten them."},
    CodeRow{"too-large", "A file or a block of it is larger than any in use.", "Split it."},
    CodeRow{"unknown-component", "There is no connection, source, stage or sink of that name.",
            "Write the nearest name, if the finding has one."},
    CodeRow{"unknown-connection", "A component names a connection that is not there.",
            "Add it under `connections:`, or write the nearest name."},
    CodeRow{"unknown-field", "An event has no such field.", "Write the nearest name; the reference lists all."},
    CodeRow{"unknown-key", "No option has that name.", "Write the nearest name; the reference lists all."},
    CodeRow{"unknown-pipeline", "A test is of a pipeline that its configuration has not.",
            "Name one of its pipelines."},
    CodeRow{"unknown-property", "librdkafka has no property of that name, or refuses its value.",
            "Write the nearest name; librdkafka's CONFIGURATION.md lists all."},
    CodeRow{"unknown-sink", "A route leads to a sink that the pipeline does not have.",
            "Write the nearest name, add the sink, or write `drop`."},
    CodeRow{"unknown-topic", "A test names a topic that its pipeline neither reads nor writes.",
            "Name one that it does."},
    CodeRow{"unknown-value", "A word is not among those that an option takes.", "Write one of them."},
    CodeRow{"unreached-sink", "No route leads to a sink: nothing is ever written to it.",
            "Add a pattern for it, or remove it."},
    CodeRow{"unreadable-file", "A file cannot be read: one of the configuration, of `${file:...}` or `--env-file`.",
            "Check its path and permissions."},
    CodeRow{"unset-variable", "The variable of a `${NAME}` is not set.",
            "Set it, put it into an `--env-file`, or give a default: `${NAME:default}`."},
    CodeRow{"unused-connection", "No pipeline uses a connection.", "Remove it."},
    CodeRow{"unused-default", "No component takes what an entry of `defaults:` says.", "Remove it."},
    CodeRow{"wrong-connection", "A component names a connection of another kind.", "Name one of the kind it wants."},
    CodeRow{"wrong-type", "A value is of another type than its option.", "Write what the finding says is expected."},
};

// One of them. Another name does not compile.
//
// Lifetime, Executor: a plain value. Cancellation, Errors: none.
class FindingCode {
 public:
  consteval FindingCode(const char* name) : row_(&row_of(name)) {}  // NOLINT(google-explicit-constructor)
  std::string_view name() const { return row_->name; }
  friend bool operator==(FindingCode left, FindingCode right) { return left.row_ == right.row_; }

 private:
  static consteval const CodeRow& row_of(std::string_view name) {
    for (const CodeRow& row : kFindingCodes) {
      if (row.name == name) return row;
    }
    throw "not a code of the table above";
  }
  const CodeRow* row_;
};

}  // namespace weir::config
