#include "pipeline/topology/changed_options.hpp"

#include <algorithm>
#include <utility>

namespace weir {

namespace {

using Entry = std::pair<std::string_view, std::string_view>;

// The end of the value or key that begins at `at`: the comma, colon or bracket behind it that is not inside something.
std::size_t end_of(std::string_view text, std::size_t at, char end) {
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (depth == 0 && c == end) return at;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
  return std::min(at, text.size());
}

bool is_mapping(std::string_view text) {
  return text.size() >= 2 && text.front() == '{' && text.back() == '}';
}

// "{a: 1, b: {c: 2}}" → a: 1, b: {c: 2}.
std::vector<Entry> entries_of(std::string_view text) {
  std::vector<Entry> entries;
  if (!is_mapping(text)) return entries;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, end_of(text, 0, ','));
    const std::size_t colon = end_of(entry, 0, ':');
    const std::string_view value = colon < entry.size() ? entry.substr(colon + 1) : std::string_view();
    entries.emplace_back(entry.substr(0, colon), value.starts_with(' ') ? value.substr(1) : value);
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return entries;
}

void compare(std::string_view now, std::string_view next, const std::string& path, std::vector<std::string>& changed) {
  const std::vector<Entry> before = entries_of(now);
  const std::vector<Entry> after = entries_of(next);
  const auto find = [](const std::vector<Entry>& entries, std::string_view key) {
    return std::ranges::find(entries, key, &Entry::first);
  };
  for (const auto& [key, value] : after) {
    const std::string name = path + std::string(key);
    const auto old = find(before, key);
    if (old != before.end() && old->second == value) continue;
    if (old != before.end() && is_mapping(value) && is_mapping(old->second))
      compare(old->second, value, name + ".", changed);
    else
      changed.push_back(name);
  }
  for (const auto& [key, value] : before) {
    if (find(after, key) == after.end()) changed.push_back(path + std::string(key));
  }
}

}  // namespace

std::vector<std::string> changed_options(std::string_view now, std::string_view next) {
  std::vector<std::string> changed;
  if (now != next) compare(now, next, {}, changed);
  return changed;
}

}  // namespace weir
