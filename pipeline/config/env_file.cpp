#include "pipeline/config/env_file.hpp"

#include "pipeline/config/text_file.hpp"
#include "pipeline/text/utf8.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace weir::config {
namespace {

constexpr std::size_t kMaxEnvFile = 1U << 20U;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
// The same as within ${NAME}: what could not be asked for must not be set.
bool continues_name(char c) {
  return begins_name(c) || (c >= '0' && c <= '9') || c == '.';
}

// Reads one text from its beginning to its end, a variable at a time.
class EnvReader {
 public:
  EnvReader(std::string_view text, const std::string& file, Diagnostics& out)
      : rest_(text), file_(std::make_shared<const std::string>(file)), out_(out) {}

  Variables run() {
    while (!rest_.empty()) {
      skip_blanks();
      if (!at_line_end() && rest_.front() != '#') variable();
      skip_line();
    }
    return std::move(variables_);
  }

 private:
  void variable() {
    if (take_word("export")) skip_blanks();
    const Mark at = mark();
    const std::string_view name = take_name();
    if (name.empty()) return fail(at, "a name is expected here", "write NAME=value; names have A-Z, a-z, 0-9 and '_'");
    skip_blanks();
    if (at_line_end() || rest_.front() != '=') {
      // What was read is not named: where quotes are missing it is a line of a key.
      return fail(
          mark(), "a '=' is expected after the name",
          "write NAME=value; a value of several lines wants quotes, what the process has set needs no line here");
    }
    advance(1);
    skip_blanks();
    std::optional<std::string> value = take_value();
    if (!value) return;
    const auto [first, is_new] = places_.emplace(name, at);
    if (!is_new) {
      out_.warning("duplicate-variable", at, {},
                   "'" + std::string(name) + "' is set twice; this line counts, not the one at " + first->second.str(),
                   "remove one of them");
    }
    variables_.insert_or_assign(std::string(name), std::move(*value));
  }

  std::optional<std::string> take_value() {
    if (!at_line_end() && (rest_.front() == '\'' || rest_.front() == '"')) return quoted_value(rest_.front());
    const Mark at = mark();
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != '\n' && rest_[end] != '\r') {
      if (rest_[end] == '#' && (end == 0 || is_blank(rest_[end - 1]))) break;
      ++end;
    }
    std::string value(rest_.substr(0, end));
    while (!value.empty() && is_blank(value.back())) value.pop_back();
    advance(end);
    if (value.find("${") != std::string::npos) return refuse_expansion(at);
    return value;
  }

  std::optional<std::string> quoted_value(char mark_char) {
    const Mark at = mark();
    advance(1);
    std::string value;
    bool expands = false;
    while (!rest_.empty() && rest_.front() != mark_char) {
      expands = expands || (mark_char == '"' && rest_.starts_with("${"));
      if (mark_char == '"' && rest_.front() == '\\' && rest_.size() > 1) {
        value += unescaped(rest_[1]);
        advance(2);
      } else {
        value += rest_.front();
        advance(1);
      }
    }
    if (rest_.empty()) {
      fail(at, "this quote is never closed", "close it, or leave both away");
      return std::nullopt;
    }
    advance(1);
    if (expands) return refuse_expansion(at);
    skip_blanks();
    if (!at_line_end() && rest_.front() != '#') {
      fail(mark(), "nothing but a comment may follow the closing quote",
           "put the whole value in quotes; a quote within double quotes is \\\"");
      return std::nullopt;
    }
    return value;
  }

  // Unknown escapes stay as they are: Windows paths have many.
  static std::string unescaped(char c) {
    switch (c) {
      case 'n':
        return "\n";
      case 'r':
        return "\r";
      case 't':
        return "\t";
      case '"':
      case '\\':
      case '$':
        return {c};
      default:
        return {'\\', c};
    }
  }

  std::nullopt_t refuse_expansion(const Mark& at) {
    fail(at, "a ${...} in here is not expanded", "write the value out; single quotes keep a ${ as it stands");
    return std::nullopt;
  }

  std::string_view take_name() {
    std::size_t end = 0;
    if (!rest_.empty() && begins_name(rest_.front())) {
      while (end < rest_.size() && continues_name(rest_[end])) ++end;
    }
    const std::string_view name = rest_.substr(0, end);
    advance(end);
    return name;
  }
  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word) || rest_.size() == word.size() || !is_blank(rest_[word.size()])) return false;
    advance(word.size());
    return true;
  }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) advance(1);
  }
  bool at_line_end() const { return rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r'; }
  void skip_line() { advance(std::min(rest_.find('\n'), rest_.size() - 1) + 1); }

  void advance(std::size_t bytes) {
    for (; bytes > 0; --bytes, rest_.remove_prefix(1)) {
      if (rest_.front() == '\n') {
        ++line_;
        column_ = 1;
      } else if ((static_cast<unsigned char>(rest_.front()) & 0xC0U) != 0x80U) {
        ++column_;  // columns count characters
      }
    }
  }
  Mark mark() const { return {file_, line_, column_}; }
  void fail(const Mark& at, std::string message, std::string hint) {
    out_.error("bad-env-file", at, {}, std::move(message), std::move(hint));
  }

  std::string_view rest_;
  std::shared_ptr<const std::string> file_;
  Diagnostics& out_;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  Variables variables_;
  std::map<std::string, Mark, std::less<>> places_;
};

}  // namespace

Variables parse_env_file(std::string_view text, const std::string& file, Diagnostics& out) {
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  if (const std::optional<text::BadText> bad = text::find_bad_text(text)) {
    const Mark mark{std::make_shared<const std::string>(file), static_cast<std::uint32_t>(bad->line),
                    static_cast<std::uint32_t>(bad->column)};
    out.error("bad-text", mark, {}, bad->control ? "a control character stands here" : "this is not UTF-8",
              "save the file as UTF-8 text");
    return {};
  }
  return EnvReader(text, file, out).run();
}

Variables read_env_file(const std::filesystem::path& file, Diagnostics& out) {
  const Result<std::string> text = read_text_file(file, kMaxEnvFile);
  if (text.has_value()) return parse_env_file(*text, file.string(), out);
  out.error("unreadable-file", {std::make_shared<const std::string>(file.string()), 0, 0}, {},
            "the file of --env-file " + text.error().message(), "check its path and permissions");
  return {};
}

}  // namespace weir::config
