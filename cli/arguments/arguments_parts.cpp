#include "cli/arguments/arguments_parts.hpp"

#include "cli/arguments/help.hpp"
#include "pipeline/config/scalars.hpp"

namespace weir::cli {

CLI::Validator patience() {
  return CLI::Validator(
      [](std::string& text) {
        const Result<Duration> value = config::parse_duration(text);
        if (value.has_value() && *value >= std::chrono::milliseconds(1) && *value <= std::chrono::hours(1))
          return std::string();
        return "'" + text + "' is no time to wait; write a number and its unit, from 1ms to 1h: 500ms, 10s, 1m";
      },
      "");
}

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& what, std::string_view help_of) {
  CLI::App* added = parent.add_subcommand(name, what);
  added->footer(std::string(examples(help_of)));
  added->group(examples(help_of).empty() ? "" : "Verbs");
  return added;
}

void add_access(CLI::App& verb, KafkaAccess& access) {
  verb.add_option("--brokers", access.brokers, "Bootstrap servers; default KAFKA_BROKERS, else 127.0.0.1:9092")
      ->type_name("HOST:PORT,...");
  add_pairs(verb, "--property", access.properties, "A property of librdkafka's: sasl.username=me; may be repeated");
  verb.add_option_function<std::string>(
          "--timeout", [&access](const std::string& text) { access.timeout = config::parse_duration(text).value(); },
          "How long the cluster may take to answer, default 10s")
      ->type_name("DURATION")
      ->check(patience());
}

void add_env_files(CLI::App& verb, std::vector<std::filesystem::path>& files) {
  add_repeated<std::filesystem::path>(
      verb, "--env-file", [&files](const std::vector<std::filesystem::path>& given) { files = given; },
      "Variables for ${NAME}, a NAME=value a line; may be repeated. What the environment has wins")
      ->type_name("FILE");
}

CLI::Validator notation(std::function<bool(const std::string&)> understood, std::string expected) {
  return CLI::Validator(
      [understood = std::move(understood), expected = std::move(expected)](std::string& text) {
        return understood(text) ? std::string() : "'" + text + "' is not " + expected;
      },
      "");
}

CLI::Validator topic_name() {
  return notation([](const std::string& text) { return is_topic_name(text); },
                  "the name of a topic: 1 to 249 of a-z A-Z 0-9 . _ -");
}

CLI::Option* add_pairs(CLI::App& verb, const std::string& name, Pairs& pairs, const std::string& what) {
  const auto take = [&pairs](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) pairs.push_back(*parse_pair(text));
  };
  return add_repeated<std::string>(verb, name, take, what)
      ->type_name("NAME=VALUE")
      ->check(notation([](const std::string& text) { return parse_pair(text).has_value(); }, "NAME=VALUE"));
}

}  // namespace weir::cli
