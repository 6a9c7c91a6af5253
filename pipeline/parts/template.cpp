#include "pipeline/parts/template.hpp"

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/text/bytes_look.hpp"

namespace weir {
namespace {

constexpr std::string_view kTopic = "topic";

void append_in_lower_case(std::string& out, std::string_view text) {
  for (char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
}

Error malformed(std::string text) {
  return Error(Errc::invalid_argument, std::move(text));
}

}  // namespace

Result<Template::Piece> Template::parse_piece(std::string_view inside, const Table& own) {
  const std::string shown = "{" + std::string(inside) + "}";
  Piece piece;
  const std::size_t bar = inside.find('|');
  const std::string_view name = inside.substr(0, bar);
  if (bar != std::string_view::npos) {
    const std::string_view filter = inside.substr(bar + 1);
    if (filter != "lower")
      return malformed("unknown filter " + config::quote(filter) + " in " + config::quote(shown) + "; known: lower");
    piece.lower = true;
  }
  piece.from_table = !own.name.empty() && name == own.name;
  piece.part = Part::parse(piece.from_table ? own.of : name);
  if (piece.part.has_value()) return piece;
  std::vector<std::string> more;
  if (!own.name.empty()) more.push_back(own.name);
  return malformed(unknown_part(name, shown, more));
}

Result<Template> Template::parse(std::string_view text, std::string_view makes, Table own) {
  Template result;
  result.makes_ = makes;
  std::string plain;
  const auto end_plain = [&] {
    if (!plain.empty()) result.pieces_.push_back({std::exchange(plain, {})});
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      plain.push_back(c);
      ++i;
    } else if (c == '{') {
      const std::size_t close = text.find('}', i);
      if (close == std::string_view::npos)
        return malformed("a '{' is not closed in " + config::quote(text) + "; a brace itself is '{{'");
      Result<Piece> piece = parse_piece(text.substr(i + 1, close - i - 1), own);
      if (piece.has_error()) return piece.error();
      end_plain();
      result.pieces_.push_back(std::move(*piece));
      i = close;
    } else if (c == '}') {
      return malformed("a '}' has no '{' in " + config::quote(text) + "; a brace itself is '}}'");
    } else {
      plain.push_back(c);
    }
  }
  end_plain();
  if (result.pieces_.empty()) return malformed("the " + result.makes_ + " template is empty");
  for (auto& [value, entry] : own.entries) result.table_.emplace(value, std::move(entry));
  return result;
}

Result<void> Template::render(const Message& message, std::string& out) const {
  PartRoom room;
  for (const Piece& piece : pieces_) {
    if (!piece.part.has_value()) {
      out.append(piece.text);
      continue;
    }
    std::string_view value = piece.part->value(message, room).value_or(std::string_view());
    bool lower = piece.lower;
    if (piece.from_table) {
      const auto found = table_.find(value);
      if (found != table_.end())
        value = found->second;
      else
        lower = true;
    }
    if (value.empty()) return absent(piece, message);
    if (lower)
      append_in_lower_case(out, value);
    else
      out.append(value);
  }
  return {};
}

Error Template::absent(const Piece& piece, const Message& message) const {
  std::string why = "no " + makes_ + " for this message: its field " + piece.part->name() + " is missing or empty";
  // A key that could have stood in for it, and is not the text that an id is.
  const std::string_view key = message.key;
  const bool by_key = piece.part->name() == "aggregate_id" && !key.empty();
  if (by_key && !text::is_plain_text(key))
    why += "; the record key is " + text::describe_bytes(key) + ": decode's 'key_format' says how to read it";
  else if (by_key && (key.front() == '"' || key.front() == '{'))
    why += "; the record key is JSON: see decode's 'json_text' and 'unwrap'";
  return Error(Errc::data, std::move(why));
}

std::optional<std::string_view> Template::constant() const {
  if (pieces_.size() == 1 && !pieces_.front().part.has_value()) return pieces_.front().text;
  return std::nullopt;
}

std::vector<std::string> Template::parts() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    if (piece.part.has_value()) names.push_back(piece.part->name());
  }
  return names;
}

std::string Template::example(std::string_view topic) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    const bool is_topic = piece.part.has_value() && piece.part->name() == kTopic;
    if (!piece.part.has_value())
      text.append(piece.text);
    else if (is_topic && piece.lower)
      append_in_lower_case(text, topic);
    else
      text.append(is_topic ? topic : "x");
  }
  return text;
}

std::string_view Template::beginning() const {
  return pieces_.empty() ? std::string_view() : std::string_view(pieces_.front().text);
}

}  // namespace weir
