#include "cli/arguments/completion.hpp"

#include "cli/arguments/argument_checks.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

struct Offer {
  std::string kind = "words";
  std::vector<std::pair<std::string, std::string>> words;  // with what they mean

  void add(const std::string& word, const std::string& meaning) { words.emplace_back(word, meaning); }
};

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// bash takes "--format=dot" for three words.
std::vector<std::string> joined_at_equals(const std::vector<std::string>& words) {
  std::vector<std::string> joined;
  bool goes_on = false;
  for (const std::string& word : words) {
    const bool is_equals = word == "=" && !joined.empty() && joined.back().starts_with("--");
    if (goes_on || is_equals)
      joined.back() += word;
    else
      joined.push_back(word);
    goes_on = is_equals;
  }
  return joined;
}

const CLI::App* find_verb(const CLI::App& parent, const std::string& name) {
  const std::vector<const CLI::App*> found =
      parent.get_subcommands([&name](const CLI::App* verb) { return verb->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

class Completer {
 public:
  explicit Completer(const CLI::App& root) : verb_(&root) {}

  // A word that stands already.
  void pass(const std::string& word) {
    if (waiting_ != nullptr) {
      waiting_ = nullptr;
    } else if (word.size() > 1 && word.starts_with('-')) {
      const CLI::Option* option = verb_->get_option_no_throw(word.substr(0, word.find('=')));
      if (option != nullptr && takes_value(*option) && word.find('=') == std::string::npos) waiting_ = option;
    } else if (const CLI::App* verb = find_verb(*verb_, word)) {
      verb_ = verb;
      positionals_ = 0;
    } else {
      ++positionals_;
    }
  }

  Offer offer(const std::string& word, bool splits_at_equals) const {
    if (waiting_ != nullptr) return values_of(*waiting_, word, "");
    const std::size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos) {
      const CLI::Option* option = verb_->get_option_no_throw(word.substr(0, equals));
      if (option == nullptr) return {};
      return values_of(*option, word.substr(equals + 1), splits_at_equals ? "" : word.substr(0, equals + 1));
    }
    if (word.starts_with('-')) return options(word);
    Offer verbs = subcommands(word);
    const CLI::Option* positional = next_positional();
    return verbs.words.empty() && positional != nullptr ? values_of(*positional, word, "") : verbs;
  }

 private:
  Offer options(const std::string& begin) const {
    Offer offer;
    for (const CLI::Option* option : verb_->get_options()) {
      if (option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames()) {
        if (("--" + name).starts_with(begin)) offer.add("--" + name, option->get_description());
      }
    }
    return offer;
  }

  Offer subcommands(const std::string& begin) const {
    Offer offer;
    for (const CLI::App* verb : verb_->get_subcommands([](const CLI::App*) { return true; })) {
      if (!verb->get_group().empty() && verb->get_name().starts_with(begin))
        offer.add(verb->get_name(), verb->get_description());
    }
    return offer;
  }

  // The last one takes all that come.
  const CLI::Option* next_positional() const {
    const CLI::Option* found = nullptr;
    std::size_t at = 0;
    for (const CLI::Option* option : verb_->get_options([](const CLI::Option* one) { return one->get_positional(); })) {
      if (at++ > positionals_) break;
      found = option;
    }
    const bool is_full = found != nullptr && at <= positionals_ && found->get_items_expected_max() == 1;
    return is_full ? nullptr : found;
  }

  static Offer values_of(const CLI::Option& option, const std::string& begin, const std::string& before) {
    Offer offer;
    for (const std::string& choice : choices_of(option)) {
      if (choice.starts_with(begin)) offer.add(before + choice, "");
    }
    const std::string names = option.get_positional() ? option.get_name(true) : option.get_type_name();
    if (names.starts_with("FILE")) offer.kind = "files";
    if (names.starts_with("DIR")) offer.kind = "directories";
    return offer;
  }

  const CLI::App* verb_;
  const CLI::Option* waiting_ = nullptr;  // its value comes next
  std::size_t positionals_ = 0;
};

}  // namespace

std::optional<std::string> complete_words(const CLI::App& root, const std::vector<std::string>& words) {
  if (words.size() < 3 || words[1] != "--") return std::nullopt;
  const bool splits_at_equals = words[0] == "bash";
  std::vector<std::string> line(words.begin() + 2, words.end());
  if (splits_at_equals) line = joined_at_equals(line);
  if (line.size() > 1 && line.front() == "help") line.erase(line.begin());  // `weir help VERB`
  Completer completer(root);
  for (std::size_t i = 0; i + 1 < line.size(); ++i) completer.pass(line[i]);
  const Offer offer = completer.offer(line.back(), splits_at_equals);
  std::string answer = offer.kind + "\n";
  for (const auto& [word, meaning] : offer.words) answer.append(word).append("\t").append(meaning).append("\n");
  return answer;
}

}  // namespace weir::cli
