#include "cli/arguments/arguments.hpp"

#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"
#include "cli/arguments/command_reference.hpp"
#include "cli/arguments/completion.hpp"
#include "cli/arguments/help.hpp"
#include "pipeline/config/diagnostics.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace weir::cli {

namespace {

// Words of other programs, and what they are called here.
struct Synonym {
  std::string_view word;
  std::string_view here;
};
constexpr Synonym kVerbSynonyms[] = {
    {"list", "ls"},          {"delete", "rm"},    {"remove", "rm"},       {"consume", "tail"},  {"read", "cat"},
    {"write", "produce"},    {"send", "produce"}, {"show", "describe"},   {"info", "describe"}, {"validate", "lint"},
    {"tests", "test"},       {"new", "init"},     {"start", "run"},       {"diff", "plan"},     {"kafka", "broker"},
    {"eventstore", "store"}, {"doctor", "check"}, {"components", "list"},
};
constexpr Synonym kOptionSynonyms[] = {
    {"--port", "--listen"},
    {"--host", "--listen"},
    {"--address", "--listen"},
    {"--bootstrap-server", "--brokers"},
    {"--broker", "--brokers"},
    {"--url", "--store"},
    {"--data", "--data-dir"},
    {"--verbose", "--log-level"},
    {"--bootstrap-servers", "--brokers"},
};

// The name that is meant by `word`, out of those that there are here; empty: no guess.
template <std::size_t kCount>
std::string_view meant(std::string_view word, const std::vector<std::string>& names,
                       const Synonym (&synonyms)[kCount]) {
  for (const Synonym& synonym : synonyms) {
    if (synonym.word == word && std::ranges::find(names, synonym.here) != names.end()) return synonym.here;
  }
  return config::nearest(word, {names.begin(), names.end()});
}

// `weir help topics ls` is `weir topics ls --help`, and `weir -v` asks for the version, as with other programs.
void translate(std::vector<std::string>& words) {
  if (words[0] == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  } else if (words[0] == "--version" || words[0] == "-V" || words[0] == "-v") {
    words = {"version"};
  }
}

// The parser and the places its options write to. One per parse.
class Parser {
 public:
  Parser();
  std::variant<Command, Answer> parse(std::vector<std::string> words);

 private:
  void add_lint();
  void add_streams();
  void add_hidden();
  void add_version();
  CLI::App* verb(CLI::App& parent, const std::string& name, const std::string& what, std::string_view help_of);

  std::optional<Answer> unknown_verb(const CLI::App& parent, const std::vector<std::string>& words,
                                     std::size_t at) const;
  Answer mistake(const std::string& what) const;
  std::string missing() const;
  std::string suggestion_for(const std::string& option) const;
  const CLI::App& chosen() const;

  CLI::App app_;
  Command command_;

  LintOptions lint_;
  StreamsListOptions list_;
  StreamsCatOptions cat_;
  FeedOptions feed_;
  VersionOptions version_;
};

Parser::Parser() : app_(std::string(overview()), "weir") {
  app_.footer(std::string(overview_examples()));
  app_.set_help_flag("-h,--help", "Show this help; after a verb, the help of that verb");
  app_.get_formatter()->column_width(34);
  app_.require_subcommand(1);
  app_.set_version_flag("-V,--version", "See `weir version`")->group("");
  add_dev(app_, command_);
  add_run(app_, command_);
  add_lint();
  add_plan(app_, command_);
  add_reload(app_, command_);
  add_status(app_, command_);
  add_test(app_, command_);
  add_init(app_, command_);
  add_inspection(app_, command_);
  add_broker(app_, command_);
  add_store(app_, command_);
  add_streams();
  add_topics(app_, command_);
  add_groups(app_, command_);
  add_completion(app_, command_);
  add_version();
  add_hidden();
}

CLI::App* Parser::verb(CLI::App& parent, const std::string& name, const std::string& what, std::string_view help_of) {
  return add_verb(parent, name, what, help_of);
}

void Parser::add_lint() {
  CLI::App* lint = verb(app_, "lint", "Check configuration files", "lint");
  lint->add_option("FILE", lint_.files, "Configuration files, or directories of them; - is standard input")
      ->type_name("")
      ->option_text("...");
  add_env_files(*lint, lint_.env_files);
  lint->add_flag("--json", lint_.json, "Findings as one JSON document");
  lint->add_flag("--strict", lint_.strict, "Warnings count: exit code 1");
  lint->add_flag("--schema", lint_.schema, "The same as `weir schema`");
  lint->add_flag("--reference", lint_.reference, "Print every component and option instead, as Markdown");
  lint->add_flag("--codes", lint_.codes, "Print the code of every finding, its meaning and cure instead, as Markdown");
  lint->add_flag("--metrics", lint_.metrics, "Print every metric instead, as Markdown");
  lint->final_callback([this] { command_ = lint_; });
}

void Parser::add_streams() {
  CLI::App* streams = verb(app_, "streams", "Look into an event store", "streams");
  streams->require_subcommand(1);
  CLI::App* ls = verb(*streams, "ls", "List streams", "streams ls");
  ls->add_option("--store", list_.store, "Connection string of the store")->type_name("URL");
  ls->add_option("--prefix", list_.prefix, "Only streams whose name begins so")->type_name("TEXT");
  ls->add_option("--limit", list_.limit, "At most so many")->type_name("N")->check(non_negative());
  ls->add_flag("--json", list_.json, "One JSON object per line");
  ls->final_callback([this] { command_ = list_; });
  CLI::App* cat = verb(*streams, "cat", "Show the events of a stream", "streams cat");
  cat->add_option("NAME", cat_.stream, "The stream; $all is the whole log")->required()->type_name("");
  cat->add_option("--store", cat_.store, "Connection string of the store")->type_name("URL");
  cat->add_option("--from", cat_.from, "Begin at this revision")->type_name("N")->check(non_negative());
  cat->add_flag("--backwards", cat_.backwards, "Newest first");
  cat->add_option("--limit", cat_.limit, "At most so many events")->type_name("N")->check(non_negative());
  cat->add_flag("--json", cat_.json, "One JSON object per line");
  cat->final_callback([this] { command_ = cat_; });
}

void Parser::add_version() {
  CLI::App* version = verb(app_, "version", "What this binary is made of", "version");
  version->add_flag("--json", version_.json, "As one JSON document");
  version->final_callback([this] { command_ = version_; });
}

void Parser::add_hidden() {
  CLI::App* feed = verb(app_, "feed", "Produce JSON Lines to Kafka", "feed");
  feed->add_option("--brokers", feed_.brokers, "Bootstrap servers")->required()->type_name("HOST:PORT,...");
  feed->add_option("FILE", feed_.files, "Files of one record per line")->required()->type_name("")->option_text("...");
  feed->final_callback([this] { command_ = feed_; });
}

std::variant<Command, Answer> Parser::parse(std::vector<std::string> words) {
  if (words.empty()) return Answer{ExitCode::usage, app_.help()};
  if (words == std::vector<std::string>{"help", "--reference"}) return Answer{ExitCode::ok, command_reference(app_)};
  if (words[0] == kCompleteWords) {
    if (const std::optional<std::string> offer = complete_words(app_, {words.begin() + 1, words.end()}))
      return Answer{ExitCode::ok, *offer};
  }
  translate(words);
  if (std::optional<Answer> answer = unknown_verb(app_, words, 0)) return *answer;
  const auto chosen_family = [&words](const CLI::App* sub) {
    return sub->get_name() == words[0] && sub->get_require_subcommand_min() > 0;
  };
  for (const CLI::App* family : app_.get_subcommands(chosen_family)) {
    if (std::optional<Answer> answer = unknown_verb(*family, words, 1)) return *answer;
  }
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app_.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return Answer{ExitCode::ok, app_.help()};
  } catch (const CLI::ExtrasError&) {
    std::vector<std::string> extras = app_.remaining(true);
    const std::string first = extras.empty() ? "?" : extras.front();
    return mistake("'" + first + "' is not understood here" + suggestion_for(first));
  } catch (const CLI::RequiredError&) {
    return mistake(missing());
  } catch (const CLI::ParseError& error) {
    return mistake(error.what());
  }
  if (const auto* lint = std::get_if<LintOptions>(&command_);
      lint != nullptr && lint->files.empty() && !lint->schema && !lint->reference && !lint->codes && !lint->metrics) {
    return mistake("FILE is missing");
  }
  return std::move(command_);
}

// CLI11 reports an unknown verb as an unexpected word; a person wants to hear the nearest one.
std::optional<Answer> Parser::unknown_verb(const CLI::App& parent, const std::vector<std::string>& words,
                                           std::size_t at) const {
  if (words.size() <= at || words[at].starts_with("-")) return std::nullopt;
  std::vector<std::string> names;
  for (const CLI::App* sub : parent.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name() == words[at]) return std::nullopt;
    if (!sub->get_group().empty()) names.push_back(sub->get_name());
  }
  const std::string_view near = meant(words[at], names, kVerbSynonyms);
  std::string text = "error: there is no verb '" + words[at] + "'";
  text += at == 0 ? "\n" : " of `weir " + words[0] + "`\n";
  if (!near.empty()) {
    text += "did you mean `weir " + (at == 0 ? std::string() : words[0] + " ") + std::string(near) + "`? ";
  }
  text += "All verbs: " + std::string(at == 0 ? "weir --help" : "weir " + words[0] + " --help") + "\n";
  return Answer{ExitCode::usage, text};
}

const CLI::App& Parser::chosen() const {
  const CLI::App* at = &app_;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

// What the chosen verb still needs.
std::string Parser::missing() const {
  const CLI::App& verb = chosen();
  for (const CLI::Option* option : verb.get_options()) {
    if (option->get_required() && option->count() == 0) return option->get_name() + " is missing";
  }
  std::string text = "a verb is missing:";
  for (const CLI::App* sub : verb.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty()) text += " " + sub->get_name();
  }
  return text;
}

std::string Parser::suggestion_for(const std::string& option) const {
  std::vector<std::string> names;
  for (const CLI::Option* known : chosen().get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::string_view near = meant(option.substr(0, option.find('=')), names, kOptionSynonyms);
  return near.empty() ? "" : "; did you mean " + std::string(near) + "?";
}

Answer Parser::mistake(const std::string& what) const {
  std::string verbs;
  for (const CLI::App* at = &chosen(); at != nullptr && at != &app_; at = at->get_parent())
    verbs = at->get_name() + " " + verbs;
  return Answer{ExitCode::usage, "error: " + what + "\nsee `weir " + verbs + "--help`\n"};
}

}  // namespace

std::variant<Command, Answer> parse_arguments(std::vector<std::string> words) {
  Parser parser;
  return parser.parse(std::move(words));
}

}  // namespace weir::cli
