#include "connectors/kafka/topic_expression.hpp"

#include "connectors/kafka/topic_name.hpp"

#include <algorithm>
#include <regex.h>

namespace weir::connectors::kafka {

namespace {

// The character that stands for a bracket expression which begins at `at`; `at` moves to its end.
char of_brackets(const std::string& text, std::size_t& at) {
  const std::size_t first = at + 1;
  const bool any_other = first < text.size() && text[first] == '^';
  at = text.find(']', first + (any_other ? 2 : 1));
  if (at == std::string::npos) at = text.size();
  return any_other || first >= text.size() || text[first] == '[' ? 'x' : text[first];
}

// Where the alternatives that follow end: at the bracket that closes their group, or at the end of the text.
std::size_t end_of_group(const std::string& text, std::size_t at) {
  std::size_t open = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '(')
      ++open;
    else if (text[at] == ')' && open-- == 0)
      break;
  }
  return at;
}

// One of each thing that may be repeated, the first of what may be chosen. A guess: only a match makes it an example.
std::string simplest(const std::string& text) {
  std::string name;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\' && at + 1 < text.size())
      name += text[++at];
    else if (c == '[')
      name += of_brackets(text, at);
    else if (c == '{')
      at = std::min(text.find('}', at), text.size());
    else if (c == '|')
      at = end_of_group(text, at + 1);
    else if (c == '.')
      name += 'x';
    else if (std::string("^$()*+?").find(c) == std::string::npos)
      name += c;
  }
  return name;
}

}  // namespace

TopicExpression::TopicExpression(const std::string& text) : text_(text) {
  auto* compiled = new regex_t;
  const int code = regcomp(compiled, text.c_str(), REG_EXTENDED | REG_NOSUB);
  if (code == 0) {
    compiled_ = std::shared_ptr<regex_t>(compiled, [](regex_t* owned) {
      regfree(owned);
      delete owned;
    });
    return;
  }
  char why[256] = "";
  regerror(code, compiled, why, sizeof(why));
  delete compiled;
  wrong_ = "'" + text + "' begins with ^, but is not a regular expression (POSIX extended): " + why;
}

bool TopicExpression::takes(const std::string& topic) const {
  if (is_internal_topic(topic)) return false;
  return compiled_ != nullptr &&
         regexec(static_cast<const regex_t*>(compiled_.get()), topic.c_str(), 0, nullptr, 0) == 0;
}

std::string TopicExpression::example() const {
  const std::string name = simplest(text_);
  return !name.empty() && takes(name) ? name : std::string();
}

bool means_topic(const std::string& entry, const std::string& name) {
  return entry.starts_with('^') ? TopicExpression(entry).takes(name) : entry == name;
}

}  // namespace weir::connectors::kafka
