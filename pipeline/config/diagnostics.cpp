#include "pipeline/config/diagnostics.hpp"

#include <algorithm>
#include <array>

namespace weir::config {
namespace {

constexpr std::size_t kMaxQuoted = 60;
constexpr std::size_t kMaxListed = 40;
constexpr std::size_t kMaxExcerpt = 160;

// Edit distance where a swap of neighbours counts as one slip. Quadratic: callers bound the lengths.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

// Slips that do not count: case, and '-' for '_'.
std::string folded(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return out;
}

// A line out of a file whose structure is not known yet: nobody can say which option a word in it belongs to.
bool may_hold_secret(std::string_view line) {
  const std::string words = folded(line);
  constexpr std::array kSigns{"password", "secret", "token", "credential", "://", "api_key", "private"};
  return std::ranges::any_of(kSigns, [&](const char* sign) { return words.find(sign) != std::string::npos; });
}

// Whether the value at the place is not the one that was meant: what else is wrong with it follows from that.
bool says_all(const Diagnostic& diagnostic) {
  const FindingCode code = diagnostic.code;
  const bool failed = code == "unset-variable" || code == "bad-substitution" || code == "unreadable-file";
  return failed && diagnostic.mark.line != 0;
}

}  // namespace

std::string Diagnostic::str() const {
  std::string line = mark.str();
  if (!line.empty()) line += ": ";
  line += severity == Severity::error ? "error: " : "warning: ";
  if (!path.empty()) line += path + ": ";
  line += message;
  if (!hint.empty()) line += " (" + hint + ")";
  line.append(" [").append(code.name()).append("]");
  return line;
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::error) ++errors_;
  const std::string place = diagnostic.mark.str();
  std::string identity = place;
  identity.append(" ").append(diagnostic.code.name()).append(" ").append(diagnostic.message);
  if (known_.contains(identity) || known_.contains(place)) return;
  if (all_.size() >= kMax) {
    ++left_out_;
    return;
  }
  known_.insert(says_all(diagnostic) ? place : std::move(identity));
  all_.push_back(std::move(diagnostic));
}

void Diagnostics::error(FindingCode code, const Mark& mark, std::string path, std::string message, std::string hint) {
  add({Severity::error, code, mark, std::move(path), std::move(message), std::move(hint)});
}

void Diagnostics::warning(FindingCode code, const Mark& mark, std::string path, std::string message, std::string hint) {
  add({Severity::warning, code, mark, std::move(path), std::move(message), std::move(hint)});
}

std::string Diagnostics::str() const {
  std::string text;
  for (const Diagnostic& diagnostic : all_) text += diagnostic.str() + '\n';
  if (left_out_ > 0) text += "... and " + std::to_string(left_out_) + " more findings\n";
  return text;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kMaxLength = 64;
  if (word.empty() || word.size() > kMaxLength) return {};
  const std::string wanted = folded(word);
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kMaxLength) continue;
    const std::size_t distance = edit_distance(wanted, folded(candidate));
    // A word replaced altogether ("ab" for "xy") is no slip.
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const std::string_view near = nearest(word, candidates); !near.empty())
    return "did you mean '" + std::string(near) + "'?";
  if (candidates.empty()) return {};
  std::string text = "known: ";
  for (std::size_t i = 0; i < candidates.size() && i < kMaxListed; ++i) {
    if (i > 0) text += ", ";
    text += candidates[i];
  }
  if (candidates.size() > kMaxListed) text += ", ...";
  return text;
}

std::string excerpt_of(std::string_view text, const Mark& mark) {
  for (std::uint32_t line = 1; line < mark.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find_first_of("\r\n"));
  if (mark.line == 0 || mark.column == 0 || text.empty() || text.size() > kMaxExcerpt || may_hold_secret(text))
    return {};
  std::string shown(text);
  std::ranges::replace(shown, '\t', ' ');
  return "  " + shown + "\n  " + std::string(mark.column - 1, ' ') + "^\n";
}

std::string quote(std::string_view text) {
  static constexpr std::array kHex{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  std::string out = "'";
  std::size_t shown = text.size();
  if (shown > kMaxQuoted) {
    shown = kMaxQuoted;
    while (shown > 0 && (static_cast<unsigned char>(text[shown]) & 0xC0U) == 0x80U) --shown;  // not within a character
  }
  for (char c : text.substr(0, shown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out.append("\\x").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xFU]);
    else
      out += c;
  }
  out += shown < text.size() ? "...'" : "'";
  return out;
}

std::string join_path(std::string_view path, std::string_view key) {
  std::string joined(path);
  if (!joined.empty()) joined += '.';
  return joined.append(key);
}

std::string join_path(std::string_view path, std::size_t index) {
  return std::string(path).append("[").append(std::to_string(index)).append("]");
}

}  // namespace weir::config
