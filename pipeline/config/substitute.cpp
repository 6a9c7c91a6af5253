#include "pipeline/config/substitute.hpp"

#include "pipeline/config/text_file.hpp"
#include "pipeline/text/utf8.hpp"

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace weir::config {
namespace {

constexpr std::size_t kMaxNesting = 16;        // of defaults within defaults
constexpr std::size_t kMaxFile = 1U << 20U;    // of one ${file:…}
constexpr std::size_t kMaxTotal = 16U << 20U;  // of all that is put into one document

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '.';
}

// Puts values into the scalars of one document.
class Substituter {
 public:
  Substituter(const Lookup& lookup, Diagnostics& out) : lookup_(lookup), out_(out) {}

  Node node(const Node& node, const std::string& path) {
    switch (node.kind()) {
      case Node::Kind::null:
        return node;
      case Node::Kind::scalar:
        return scalar(node, path);
      case Node::Kind::sequence:
        return sequence(node, path);
      case Node::Kind::mapping:
        return mapping(node, path);
    }
    return node;
  }

 private:
  // Where the current scalar stands, for its findings.
  struct Place {
    const Mark& mark;
    const std::string& path;
    bool substituted = false;
  };

  Node scalar(const Node& node, const std::string& path) {
    if (node.text().find("${") == std::string::npos) return node;
    Place place{node.mark(), path};
    const std::optional<std::string> text = expand(node.text(), place, 0);
    if (!text) return node;
    if (!place.substituted) return Node::scalar(*text, node.quoted(), node.mark());  // only $${
    return node.with_substitution(*text);
  }

  Node sequence(const Node& node, const std::string& path) {
    std::vector<Node> items;
    for (std::size_t i = 0; i < node.items().size(); ++i)
      items.push_back(this->node(node.items()[i], join_path(path, i)));
    return Node::sequence(std::move(items), node.mark());
  }

  Node mapping(const Node& node, const std::string& path) {
    std::vector<Node::Member> members;
    for (const Node::Member& member : node.members()) {
      if (member.key.find("${") != std::string::npos) {
        out_.error("bad-substitution", member.mark, path, "a key cannot be substituted: " + quote(member.key),
                   "only values can hold ${...}");
      }
      members.push_back({member.key, member.mark, this->node(member.value, join_path(path, member.key))});
    }
    return Node::mapping(std::move(members), node.mark());
  }

  // The text with everything put in; nothing after an error.
  std::optional<std::string> expand(std::string_view text, Place& place, std::size_t nesting) {
    if (nesting > kMaxNesting)
      return fail(place, "defaults are nested more than " + std::to_string(kMaxNesting) + " deep");
    std::string result;
    while (!text.empty()) {
      if (text.starts_with("$${")) {
        result += "${";
        text.remove_prefix(3);
      } else if (text.starts_with("${")) {
        const std::size_t length = braces(text.substr(1));
        if (length == 0) return fail(place, "a '${' without its '}'", "a literal one is written $${");
        std::optional<std::string> value = evaluate(text.substr(2, length - 2), place, nesting);
        if (!value) return std::nullopt;
        total_ += value->size();
        if (total_ > kMaxTotal)
          return fail(place, "more than " + std::to_string(kMaxTotal >> 20U) + " MiB are substituted into the file");
        place.substituted = true;
        result += *value;
        text.remove_prefix(length + 1);
      } else {
        result += text.front();
        text.remove_prefix(1);
      }
    }
    return result;
  }

  // Length of the balanced {…} at the head of the text; 0 = it does not close.
  static std::size_t braces(std::string_view text) {
    std::size_t open = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '{') ++open;
      if (text[at] == '}' && --open == 0) return at + 1;
    }
    return 0;
  }

  // What stands between the braces of ${…}.
  std::optional<std::string> evaluate(std::string_view inside, Place& place, std::size_t nesting) {
    std::size_t end = 0;
    while (end < inside.size() && is_name(inside[end])) ++end;
    const std::string name(inside.substr(0, end));
    const bool has_default = end < inside.size() && inside[end] == ':';
    if (name.empty() || !is_name_start(name.front()) || (end < inside.size() && !has_default)) {
      return fail(place, "${...} wants the name of an environment variable",
                  "write ${NAME}, ${NAME:default} or ${file:/path}");
    }
    const std::string_view rest = has_default ? inside.substr(end + 1) : std::string_view();
    if (name == "file" && has_default) return file(rest, place, nesting);
    if (std::optional<std::string> value = lookup_(name)) {
      if (text::find_invalid_utf8(*value))
        return fail(place, "the value of the environment variable '" + name + "' is not UTF-8");
      return value;
    }
    if (has_default) return expand(rest, place, nesting + 1);
    return fail(place, "the environment variable '" + name + "' is not set",
                "set it, or give a default: ${" + name + ":default}", "unset-variable");
  }

  std::optional<std::string> file(std::string_view written, Place& place, std::size_t nesting) {
    const std::optional<std::string> path = expand(written, place, nesting + 1);
    if (!path) return std::nullopt;
    const std::string shown = "the file of ${file:" + (written == *path ? *path : std::string("...")) + "}";
    Result<std::string> read = read_text_file(beside(place.mark, *path), kMaxFile);
    if (read.has_error()) {
      return fail(place, shown + " " + read.error().message(), "check its path and permissions", "unreadable-file");
    }
    std::string& text = *read;
    if (text::find_invalid_utf8(text)) return fail(place, shown + " is not UTF-8", {}, "unreadable-file");
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return std::move(text);
  }

  // Relative paths lie beside the file that names them, wherever weir was started.
  static std::filesystem::path beside(const Mark& mark, const std::string& path) {
    return mark.file == nullptr ? std::filesystem::path(path) : std::filesystem::path(*mark.file).parent_path() / path;
  }

  std::nullopt_t fail(const Place& place, std::string message, std::string hint = {},
                      FindingCode code = "bad-substitution") {
    out_.error(code, place.mark, place.path, std::move(message), std::move(hint));
    return std::nullopt;
  }

  const Lookup& lookup_;
  Diagnostics& out_;
  std::size_t total_ = 0;
};

}  // namespace

Node substitute(const Node& document, const Lookup& lookup, Diagnostics& out) {
  return Substituter(lookup, out).node(document, {});
}

}  // namespace weir::config
