#include "pipeline/cli/arguments.hpp"

#include "pipeline/cli/help.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/scalars.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <map>

namespace weir::cli {

namespace {

bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view digits = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return failure == std::errc() && end == digits.data() + digits.size() && !digits.empty() && port <= 65535;
}

// The parser and the places its options write to. One per parse.
class Parser {
 public:
  Parser();
  std::variant<Command, Answer> parse(std::vector<std::string> words);

 private:
  void add_run();
  void add_lint();
  void add_streams();
  void add_store();
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

  RunOptions run_;
  std::string until_idle_, log_format_ = "auto", log_level_ = "info";
  LintOptions lint_;
  StreamsListOptions list_;
  StreamsCatOptions cat_;
  StoreOptions store_;
  MockBrokerOptions mock_broker_;
  FeedOptions feed_;
  VersionOptions version_;
};

constexpr std::string_view kLogFormats[] = {"auto", "json", "text"};
constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};

template <std::size_t N>
CLI::Validator one_of(const std::string_view (&choices)[N]) {
  std::vector<std::string> names(std::begin(choices), std::end(choices));
  return CLI::IsMember(std::move(names)).description("");
}

CLI::Validator non_negative() {
  return CLI::Range(0.0, 1.9e19).description("");
}

constexpr Duration kShortestIdle = std::chrono::milliseconds(100);

CLI::Validator idle_duration() {
  return CLI::Validator(
      [](std::string& text) {
        const Result<Duration> value = config::parse_duration(text);
        if (value.has_value() && *value >= kShortestIdle) return std::string();
        if (value.has_value()) return "'" + text + "' is too short to tell an end from a pause; at least 100ms";
        return "'" + text + "' is not a duration; write a number and its unit: 500ms, 2s, 1m";
      },
      "");
}

CLI::Validator host_and_port() {
  return CLI::Validator(
      [](std::string& text) {
        return is_host_and_port(text) ? std::string()
                                      : "'" + text + "' is not HOST:PORT; write for example 127.0.0.1:2113";
      },
      "");
}

Parser::Parser() : app_(std::string(overview()), "weir") {
  app_.footer(std::string(overview_examples()));
  app_.set_help_flag("-h,--help", "Show this help; after a verb, the help of that verb");
  app_.get_formatter()->column_width(34);
  app_.require_subcommand(1);
  app_.set_version_flag("-V,--version", "See `weir version`")->group("");
  add_run();
  add_lint();
  add_streams();
  add_store();
  add_version();
  add_hidden();
}

CLI::App* Parser::verb(CLI::App& parent, const std::string& name, const std::string& what, std::string_view help_of) {
  CLI::App* added = parent.add_subcommand(name, what);
  added->footer(std::string(examples(help_of)));
  added->group(examples(help_of).empty() ? "" : "Verbs");
  return added;
}

void Parser::add_run() {
  CLI::App* run = verb(app_, "run", "Run pipelines", "run");
  run->add_option("FILE", run_.files, "Configuration files, or directories of them")
      ->required()
      ->type_name("")
      ->option_text("...");
  run->add_option("--data-dir", run_.data_dir, "Where embedded servers and member ids live")->type_name("DIR");
  run->add_option("--until-idle", until_idle_, "End when there has been nothing left to do for so long")
      ->type_name("DURATION")
      ->check(idle_duration());
  run->add_option("--summary", run_.summary, "Write a JSON summary at the end; - is standard output")
      ->type_name("FILE|-");
  run->add_option("--workers", run_.workers, "Worker threads; 0 is one per core")
      ->type_name("N")
      ->check(CLI::Range(0, 256).description(""));
  run->add_option("--log-format", log_format_, "auto, json or text; auto is text on a terminal")
      ->type_name("FORMAT")
      ->check(one_of(kLogFormats));
  run->add_option("--log-level", log_level_, "debug, info, warn or error")
      ->type_name("LEVEL")
      ->check(one_of(kLogLevels));
  run->add_flag("-q,--quiet", run_.quiet, "No live figures and no banner; logs from warn on");
  run->final_callback([this] {
    if (!until_idle_.empty()) run_.until_idle = config::parse_duration(until_idle_).value();
    command_ = run_;
  });
}

void Parser::add_lint() {
  CLI::App* lint = verb(app_, "lint", "Check configuration files", "lint");
  lint->add_option("FILE", lint_.files, "Configuration files, or directories of them")
      ->type_name("")
      ->option_text("...");
  lint->add_flag("--json", lint_.json, "Findings as one JSON document");
  lint->add_flag("--strict", lint_.strict, "Warnings count: exit code 1");
  lint->add_flag("--schema", lint_.schema, "Print the JSON Schema of the configuration instead");
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

void Parser::add_store() {
  CLI::App* store = verb(app_, "store", "Run the embedded event store alone", "store");
  store->add_option("--listen", store_.listen, "Address to serve, default 127.0.0.1:2113; port 0 takes a free one")
      ->type_name("HOST:PORT")
      ->check(host_and_port());
  store->add_option("--data-dir", store_.data_dir, "Where the events live")->type_name("DIR");
  store->add_option("--log-format", log_format_, "auto, json or text")->type_name("FORMAT")->check(one_of(kLogFormats));
  store->final_callback([this] { command_ = store_; });
}

void Parser::add_version() {
  CLI::App* version = verb(app_, "version", "What this binary is made of", "version");
  version->add_flag("--json", version_.json, "As one JSON document");
  version->final_callback([this] { command_ = version_; });
}

void Parser::add_hidden() {
  CLI::App* broker =
      verb(app_, "mock-broker", "Kafka for trying things out: forgets everything at its end", "mock-broker");
  broker->add_option("--topics", mock_broker_.topics, "Topics to create")
      ->delimiter(',')
      ->required()
      ->type_name("T1,T2");
  broker->add_option("--partitions", mock_broker_.partitions, "Partitions of each")
      ->check(CLI::Range(1, 1000).description(""));
  broker->final_callback([this] { command_ = mock_broker_; });
  CLI::App* feed = verb(app_, "feed", "Produce JSON Lines to Kafka", "feed");
  feed->add_option("--brokers", feed_.brokers, "Bootstrap servers")->required()->type_name("HOST:PORT,...");
  feed->add_option("FILE", feed_.files, "Files of one record per line")->required()->type_name("")->option_text("...");
  feed->final_callback([this] { command_ = feed_; });
}

std::variant<Command, Answer> Parser::parse(std::vector<std::string> words) {
  if (words.empty()) return Answer{ExitCode::usage, app_.help()};
  if (words[0] == "--version" || words[0] == "-V") words = {"version"};
  if (std::optional<Answer> answer = unknown_verb(app_, words, 0)) return *answer;
  if (words[0] == "streams") {
    if (std::optional<Answer> answer = unknown_verb(*app_.get_subcommand("streams"), words, 1)) return *answer;
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
  static const std::map<std::string, LogFormat> kFormats = {
      {"auto", LogFormat::automatic}, {"json", LogFormat::json}, {"text", LogFormat::text}};
  static const std::map<std::string, log::Level> kLevels = {{"debug", log::Level::debug},
                                                            {"info", log::Level::info},
                                                            {"warn", log::Level::warn},
                                                            {"error", log::Level::error}};
  if (auto* run = std::get_if<RunOptions>(&command_)) {
    run->log_format = kFormats.at(log_format_);
    run->log_level = kLevels.at(log_level_);
    if (run->quiet) run->log_level = std::max(run->log_level, log::Level::warn);
  } else if (auto* store = std::get_if<StoreOptions>(&command_)) {
    store->log_format = kFormats.at(log_format_);
  } else if (const auto* lint = std::get_if<LintOptions>(&command_);
             lint != nullptr && lint->files.empty() && !lint->schema) {
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
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view near = config::nearest(words[at], candidates);
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
  for (const CLI::App* sub : verb.get_subcommands([](const CLI::App*) { return true; })) text += " " + sub->get_name();
  return text;
}

std::string Parser::suggestion_for(const std::string& option) const {
  std::vector<std::string> names;
  for (const CLI::Option* known : chosen().get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view near = config::nearest(option.substr(0, option.find('=')), candidates);
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
