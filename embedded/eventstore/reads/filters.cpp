#include "embedded/eventstore/reads/filters.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace weir::embedded::eventstore {

namespace {

constexpr std::int64_t kRegexMemory = std::int64_t{4} << 20;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

// The store's own book-keeping, which `$all` never shows.
bool is_hidden(std::string_view stream) {
  if (!stream.starts_with('$')) return false;
  if (stream == "$epoch-information") return true;
  return stream.starts_with("$persistentsubscription-$all::") &&
         (stream.ends_with("-checkpoint") || stream.ends_with("-parked"));
}

// Calls `visit(index, depth)` for each parenthesis and bar of the pattern that has a meaning; `depth` is the one after
// it. Stops at false.
template <class Visit>
void for_each_structural(std::string_view pattern, const Visit& visit) {
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']' || pattern[i - 1] == '[';
    } else if (c == '[') {
      in_class = true;
    } else if (c == '(' || c == ')' || c == '|') {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (!visit(i, depth)) return;
    }
  }
}

// The length of the group that `pattern` begins with, its closing parenthesis included; 0 when it never closes.
std::size_t group_length(std::string_view pattern) {
  std::size_t length = 0;
  for_each_structural(pattern, [&](std::size_t at, int depth) {
    if (pattern[at] == ')' && depth == 0) length = at + 1;
    return length == 0;
  });
  return length;
}

bool has_alternatives(std::string_view pattern) {
  bool found = false;
  for_each_structural(pattern, [&](std::size_t at, int depth) {
    found = pattern[at] == '|' && depth == 0;
    return !found;
  });
  return found;
}

std::unique_ptr<re2::RE2> compile_one(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  return std::make_unique<re2::RE2>(piece(pattern), options);
}

}  // namespace

struct Regex::Parts {
  struct LookAhead {
    bool wanted;
    std::unique_ptr<re2::RE2> expression;
  };
  std::vector<LookAhead> look_aheads;  // all at the start of the text
  std::unique_ptr<re2::RE2> main;
};

Result<Regex> Regex::compile(std::string_view pattern) {
  const auto refused = [&](const std::string& why) {
    return Error(Errc::invalid_argument,
                 "the filter's regular expression '" + std::string(pattern) + "' is not understood: " + why);
  };
  auto parts = std::make_shared<Parts>();
  std::string_view rest = pattern;
  const bool anchored = rest.starts_with('^');
  if (anchored) rest.remove_prefix(1);
  while (anchored && (rest.starts_with("(?!") || rest.starts_with("(?="))) {
    const std::size_t length = group_length(rest);
    if (length == 0) return refused("a look-ahead is never closed");
    const std::string inner = "^(?:" + std::string(rest.substr(3, length - 4)) + ")";
    std::unique_ptr<re2::RE2> expression = compile_one(inner);
    if (!expression->ok()) return refused(expression->error());
    parts->look_aheads.push_back({rest[2] == '=', std::move(expression)});
    rest.remove_prefix(length);
  }
  const bool taken_apart = !parts->look_aheads.empty();
  if (taken_apart && has_alternatives(rest)) return refused("put the alternatives after the look-ahead into a group");
  parts->main = compile_one(taken_apart ? "^(?:" + std::string(rest) + ")" : std::string(pattern));
  if (!parts->main->ok()) return refused(parts->main->error());
  return Regex(std::move(parts));
}

bool Regex::found_in(std::string_view text) const {
  for (const Parts::LookAhead& look_ahead : parts_->look_aheads) {
    if (re2::RE2::PartialMatch(piece(text), *look_ahead.expression) != look_ahead.wanted) return false;
  }
  return re2::RE2::PartialMatch(piece(text), *parts_->main);
}

EventFilter EventFilter::by_prefix(Subject subject, std::vector<std::string> prefixes) {
  EventFilter filter;
  filter.subject_ = subject;
  filter.prefixes_ = std::move(prefixes);
  return filter;
}

Result<EventFilter> EventFilter::by_regex(Subject subject, std::string_view pattern) {
  Result<Regex> regex = Regex::compile(pattern);
  if (!regex) return regex.error();
  EventFilter filter;
  filter.subject_ = subject;
  filter.regex_ = std::make_shared<const Regex>(std::move(*regex));
  return filter;
}

bool EventFilter::matches(std::string_view stream, std::string_view type) const {
  if (is_hidden(stream)) return false;
  const std::string_view text = subject_ == Subject::stream ? stream : type;
  if (regex_ != nullptr) return regex_->found_in(text);
  if (prefixes_.empty()) return true;
  return std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const std::string& prefix) { return text.starts_with(prefix); });
}

}  // namespace weir::embedded::eventstore
