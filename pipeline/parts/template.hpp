// Template: text with parts of a message in it. "{topic}.{event_type|lower}" makes a topic, a key, a stream's name.
//
// A part stands in braces, by its name (part.hpp); `|lower` turns its ASCII letters to lower case. `{{` and `}}` are
// braces. All else is taken as it stands.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/parts/part.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

// Lifetime, Executor, Cancellation: a plain value, immutable after parse(). Errors: those of its functions.
class Template {
 public:
  // A name that one destination has for itself, such as {prefix}: it stands for what `entries` has for the value of the
  // part `of`, or for that value in lower case where they have nothing.
  struct Table {
    std::string name;
    std::string of;
    std::vector<std::pair<std::string, std::string>> entries;
  };

  // `makes` says what the text becomes ("topic"), for errors. Error: invalid_argument, a sentence that names what is
  // wrong and, for an unknown name, all that are known.
  static Result<Template> parse(std::string_view text, std::string_view makes, Table own = {});

  // Appends the text for this message. Error: data, naming the part that the message does not have; then `out` holds a
  // beginning.
  Result<void> render(const Message& message, std::string& out) const;

  // The text that it makes of every message; nothing when it has parts.
  std::optional<std::string_view> constant() const;
  // The text that it begins with whatever the message is; empty when it begins with a part.
  std::string_view beginning() const;
  // The names of its parts, as Part knows them; one may stand twice.
  std::vector<std::string> parts() const;
  // A text that it may make of a message of that topic: 'x' stands for every part but {topic}.
  std::string example(std::string_view topic) const;

 private:
  struct Piece {
    std::string text;  // when there is no part
    std::optional<Part> part = std::nullopt;
    bool lower = false;
    bool from_table = false;
  };
  static Result<Piece> parse_piece(std::string_view inside, const Table& own);
  Error absent(const Piece& piece, const Message& message) const;

  std::string makes_;
  std::vector<Piece> pieces_;
  std::map<std::string, std::string, std::less<>> table_;
};

}  // namespace weir
