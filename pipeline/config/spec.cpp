#include "pipeline/config/spec.hpp"

namespace weir::config {

std::string Shape::str() const {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::number:
      return "number";
    case Kind::string:
      return "string";
    case Kind::duration:
      return "duration";
    case Kind::bytes:
      return "size";
    case Kind::choice:
      return "choice";
    case Kind::list:
      return "list of " + item->str();
    case Kind::map:
      return "mapping of " + item->str();
    case Kind::object:
      return "object";
    case Kind::any:
      return "any";
  }
  return "any";
}

}  // namespace weir::config

namespace weir::detail {

void report_refused(const config::Node& node, const config::ReadScope& scope, config::FindingCode code,
                    std::string message) {
  // The sentence comes from the component and may quote the value.
  const bool hidden = scope.secret || node.substituted();
  if (hidden && !node.text().empty() && message.find(node.text()) != std::string::npos) {
    message = "this value is refused, and not shown because it " +
              std::string(scope.secret ? "is a secret" : "came out of ${...}");
  }
  scope.out.error(code, node.mark(), scope.path, std::move(message));
}

void report_in_clear(const config::Node& node, const config::ReadScope& scope) {
  scope.out.warning("secret-in-clear", node.mark(), scope.path,
                    "this secret stands in the file, for all who can read it",
                    "put it into the environment or a file: \"${NAME}\", \"${file:/run/secrets/name}\"");
}

std::string_view report_unknown_key(const config::Node::Member& member, const std::string& path,
                                    const std::vector<std::string_view>& known, config::Diagnostics& out) {
  std::string list;
  for (std::string_view key : known) list.append(list.empty() ? "" : ", ").append(key);
  std::string message = "unknown key " + config::quote(member.key);
  message += known.empty() ? "; no options are known here" : "; known are " + list;
  const std::string_view near = config::nearest(member.key, known);
  out.error("unknown-key", member.mark, path, std::move(message),
            near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  return near;
}

void report_missing_key(const config::Node& node, const std::string& path, const OptionInfo& info,
                        config::Diagnostics& out) {
  const bool is_any = info.shape.kind == config::Shape::Kind::any;
  std::string hint = info.example.empty() ? "add '" + info.key + ": ...'"
                                          : "add for instance '" + info.key + ": " + info.example + "'";
  out.error("missing-key", node.mark(), path,
            "'" + info.key + "'" + (is_any ? "" : " (" + info.type + ")") + " is required", std::move(hint));
}

void report_not_a_mapping(const config::Node& node, const std::string& path, const std::vector<std::string_view>& known,
                          config::Diagnostics& out) {
  std::string expected = "a mapping of options";
  if (!known.empty()) expected.append(", such as { ").append(known.front()).append(": ... }");
  config::wrong_type(node, {path, false, out}, expected);
}

const std::string* not_among(const std::vector<std::string>& choices, const std::string& value) {
  for (const std::string& choice : choices) {
    if (choice == value) return nullptr;
  }
  return &value;
}

const std::string* not_among(const std::vector<std::string>& choices, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (const std::string* stranger = not_among(choices, value)) return stranger;
  }
  return nullptr;
}

const std::string* not_among(const std::vector<std::string>& choices, const std::optional<std::string>& value) {
  return value.has_value() ? not_among(choices, *value) : nullptr;
}

void report_not_among(const std::vector<std::string>& choices, const std::string& stranger, const config::Node& node,
                      const config::ReadScope& scope) {
  const config::Node* written = &node;
  for (const config::Node& item : node.items()) {
    if (item.text() == stranger) written = &item;
  }
  std::string message = "expected one of ";
  for (std::size_t i = 0; i < choices.size(); ++i) message.append(i > 0 ? ", " : "").append(choices[i]);
  message += ", found " + config::describe(*written, scope.secret);
  const std::vector<std::string_view> names(choices.begin(), choices.end());
  const bool shown = !scope.secret && !written->substituted();
  std::string hint = shown && !config::nearest(stranger, names).empty() ? config::suggest(stranger, names) : "";
  scope.out.error("unknown-value", written->mark(), scope.path, std::move(message), std::move(hint));
}

}  // namespace weir::detail
