#include "pipeline/config/yaml.hpp"

#include "pipeline/config/node_builder.hpp"
#include "pipeline/config/text_file.hpp"
#include "pipeline/text/utf8.hpp"

#include <libfyaml.h>

#include <algorithm>
#include <memory>

namespace weir::config {
namespace {

struct DestroyParser {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct DestroyDiag {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};

// One pull parser over one text. What libfyaml has to say is collected, never printed.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file, Diagnostics& out, const YamlLimits& limits)
      : text_(text), file_(std::make_shared<const std::string>(file)), out_(out), builder_(out, limits) {}

  std::optional<Node> run() {
    if (!open()) return fail(mark(1, 1), "the YAML parser could not be started");
    for (;;) {
      fy_event* event = fy_parser_parse(parser_.get());
      if (event == nullptr) break;
      const bool good = accept(*event);
      fy_parser_event_free(parser_.get(), event);
      if (!good) return std::nullopt;
    }
    if (fy_parser_get_stream_error(parser_.get())) return fail_with_diagnosis();
    std::optional<Node> root = builder_.take();
    return root ? std::move(root) : Node::null(mark(1, 1));
  }

 private:
  bool open() {
    fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = nullptr;
    diag_.reset(fy_diag_create(&diag_config));
    if (diag_ == nullptr) return false;
    fy_diag_set_collect_errors(diag_.get(), true);
    fy_parse_cfg config{};
    config.flags =
        static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE);
    config.diag = diag_.get();
    parser_.reset(fy_parser_create(&config));
    return parser_ != nullptr && fy_parser_set_string(parser_.get(), text_.data(), text_.size()) == 0;
  }

  bool accept(const fy_event& event) {
    switch (event.type) {
      case FYET_DOCUMENT_START:
        if (documents_++ == 0) return true;
        fail(mark_of(event.document_start.document_start), "the file has several documents", "keep one '---' per file",
             "several-documents");
        return false;
      case FYET_SEQUENCE_START:
        check_tag(event.sequence_start.tag);
        return builder_.begin(Node::Kind::sequence, text_of(event.sequence_start.anchor),
                              mark_of(event.sequence_start.sequence_start));
      case FYET_MAPPING_START:
        check_tag(event.mapping_start.tag);
        return builder_.begin(Node::Kind::mapping, text_of(event.mapping_start.anchor),
                              mark_of(event.mapping_start.mapping_start));
      case FYET_SEQUENCE_END:
      case FYET_MAPPING_END:
        return builder_.end();
      case FYET_SCALAR: {
        const bool is_text = check_tag(event.scalar.tag);
        const fy_scalar_style style = fy_token_scalar_style(event.scalar.value);
        Mark at = mark_of(event.scalar.value);
        // The place of what is in quotes is one after the quote.
        if ((style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && at.column > 1) --at.column;
        return builder_.scalar(text_of(event.scalar.value), style == FYSS_PLAIN, is_text, text_of(event.scalar.anchor),
                               at);
      }
      case FYET_ALIAS: {
        Mark at = mark_of(event.alias.anchor);  // of the name, after the star
        if (at.column > 1) --at.column;
        return builder_.alias(text_of(event.alias.anchor), at);
      }
      default:
        return true;
    }
  }

  // Whether there is a tag that is known: on a scalar, !!str. Another one is reported, and does not count.
  bool check_tag(fy_token* tag) {
    if (tag == nullptr) return false;
    const std::string name = text_of(tag);
    if (name == "tag:yaml.org,2002:str" || name == "tag:yaml.org,2002:seq" || name == "tag:yaml.org,2002:map" ||
        name == "!")
      return true;
    fail(mark_of(tag), "the tag " + quote(name) + " is not known here", "leave it away", "bad-tag");
    return false;
  }

  static std::string text_of(fy_token* token) {
    if (token == nullptr) return {};
    std::size_t length = 0;
    const char* text = fy_token_get_text(token, &length);
    return text == nullptr ? std::string() : std::string(text, length);
  }

  Mark mark(std::size_t line, std::size_t column) const {
    return {file_, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column)};
  }
  // libfyaml counts from 0. A token that is only implied has the place of the one before it.
  Mark mark_of(fy_token* token) {
    const fy_mark* at = token == nullptr ? nullptr : fy_token_start_mark(token);
    if (at != nullptr && at->line >= 0)
      last_ = mark(static_cast<std::size_t>(at->line) + 1, static_cast<std::size_t>(at->column) + 1);
    return last_.line == 0 ? mark(1, 1) : last_;
  }

  std::nullopt_t fail(const Mark& at, std::string message, std::string hint = {}, FindingCode code = "syntax") {
    out_.add({Severity::error, code, at, {}, std::move(message), std::move(hint), excerpt_of(text_, at)});
    return std::nullopt;
  }

  std::nullopt_t fail_with_diagnosis() {
    void* next = nullptr;
    while (const fy_diag_error* found = fy_diag_errors_iterate(diag_.get(), &next)) {
      if (found->type != FYET_ERROR || found->msg == nullptr) continue;
      const std::size_t line = found->line > 0 ? static_cast<std::size_t>(found->line) : 1;
      const std::size_t column = found->column > 0 ? static_cast<std::size_t>(found->column) : 1;
      return fail(mark(line, column), "not valid YAML: " + spelt_right(found->msg), hint_for(line, found->msg));
    }
    return fail(last_.line == 0 ? mark(1, 1) : last_, "not valid YAML after this place");
  }

  static std::string spelt_right(std::string message) {
    constexpr std::string_view kSlip = "indendation";
    if (const std::size_t at = message.find(kSlip); at != std::string::npos)
      message.replace(at, kSlip.size(), "indentation");
    return message;
  }

  // The slips behind most syntax errors, which the parser names badly.
  std::string hint_for(std::size_t line, std::string_view message) const {
    if (indented_with_tab(line) || indented_with_tab(line + 1))
      return "a line is indented with a tab: YAML wants spaces";
    if (has_bare_variable(line_at(line), message.find("flow") != message.npos))
      return "put the text with ${...} in double quotes: within [ ] and { } its braces and colons have a meaning of "
             "their own";
    if (message.find("wrong ind") != message.npos) return "indent it as the entry above";
    if (message.find("multiline plain key") != message.npos)
      return "is the next line indented too far, or a quote missing?";
    if (message.find("nested block mapping") != message.npos) return "a text with ': ' in it wants quotes";
    if (message.find("-quoted scalar") != message.npos) return "is the closing quote missing?";
    if (message.find("flow sequence") != message.npos) return "is a closing ] missing?";
    if (message.find("flow mapping") != message.npos) return "is a closing } missing?";
    if (message.find("cannot start with") != message.npos) return "put the text in quotes";
    return {};
  }

  bool indented_with_tab(std::size_t line) const {
    const std::string_view rest = line_at(line);
    const std::size_t indent = rest.find_first_not_of(' ');
    return indent != std::string_view::npos && rest[indent] == '\t';
  }

  std::string_view line_at(std::size_t line) const {
    std::string_view rest = text_;
    for (; line > 1; --line) {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) return {};
      rest.remove_prefix(end + 1);
    }
    return rest.substr(0, rest.find('\n'));
  }

  // Whether a ${ stands within brackets or braces and outside quotes; `within`: the line begins inside some.
  static bool has_bare_variable(std::string_view line, bool within) {
    int open = within ? 1 : 0;
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (open > 0 && line.substr(i).starts_with("${")) {
        return true;
      } else if (c == '[' || c == '{') {
        ++open;
      } else if (c == ']' || c == '}') {
        --open;
      }
    }
    return false;
  }

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  Diagnostics& out_;
  NodeBuilder builder_;
  std::unique_ptr<fy_diag, DestroyDiag> diag_;
  std::unique_ptr<fy_parser, DestroyParser> parser_;
  std::size_t documents_ = 0;
  Mark last_;
};

void file_error(const std::string& file, std::string message, std::string hint, Diagnostics& out) {
  out.error("unreadable-file", {std::make_shared<const std::string>(file), 0, 0}, {}, std::move(message),
            std::move(hint));
}

// libfyaml (seen with 0.7.12) reads a flow collection to its end before it hands out its first event, some 300 bytes
// per token: the limits of the builder come too late for it. Each of these marks stands for a value, unless it is
// within a text.
std::size_t flow_marks(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c == '[' || c == '{' || c == ',' || c == ':'; }));
}

std::string too_large(std::size_t limit) {
  return "the file is larger than " + std::to_string(limit >> 10U) + " KiB";
}

}  // namespace

std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Diagnostics& out,
                               const YamlLimits& limits) {
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  if (text.size() > limits.bytes) {
    file_error(file, too_large(limits.bytes), "split it into several files", out);
    return std::nullopt;
  }
  if (flow_marks(text) > limits.nodes) {
    file_error(file, "the file has more than " + std::to_string(limits.nodes) + " brackets, braces, commas and colons",
               "split it into several files", out);
    return std::nullopt;
  }
  if (const std::optional<text::BadText> bad = text::find_bad_text(text)) {
    const Mark mark{std::make_shared<const std::string>(file), static_cast<std::uint32_t>(bad->line),
                    static_cast<std::uint32_t>(bad->column)};
    if (bad->control)
      out.error("bad-text", mark, {}, "a control character stands here",
                "write it as an escape in double quotes, such as \"\\x00\"");
    else
      out.error("bad-text", mark, {}, "this is not UTF-8", "save the file as UTF-8");
    return std::nullopt;
  }
  return Parser(text, file, out, limits).run();
}

std::optional<Node> read_yaml(const std::filesystem::path& file, Diagnostics& out, const YamlLimits& limits) {
  const std::string name = file.string();
  const Result<std::string> text = read_text_file(file, limits.bytes);
  if (text.has_error()) {
    const bool missing = text.error().code() == Errc::not_found;
    file_error(name, missing ? "there is no such file" : text.error().message(),
               missing ? "check the path and the working directory" : "check what it is, and its permissions", out);
    return std::nullopt;
  }
  return parse_yaml(*text, name, out, limits);
}

}  // namespace weir::config
