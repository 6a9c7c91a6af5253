#include "cli/arguments/argument_checks.hpp"

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/scalars.hpp"

#include <algorithm>
#include <charconv>

namespace weir::cli {

namespace {

bool is_port(std::string_view digits) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return failure == std::errc() && end == digits.data() + digits.size() && !digits.empty() && port <= 65535;
}

bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon != 0 && is_port(text.substr(colon + 1));
}

}  // namespace

constexpr std::string_view kChoices = "one of ";

CLI::Validator one_of(std::initializer_list<const char*> choices) {
  const std::vector<std::string> known(choices.begin(), choices.end());
  std::string name(kChoices);
  for (const std::string& choice : known) name += (name.size() > kChoices.size() ? "|" : "") + choice;
  return CLI::Validator(
      [known](std::string& text) {
        if (std::ranges::find(known, text) != known.end()) return std::string();
        const std::vector<std::string_view> names(known.begin(), known.end());
        return "there is no '" + text + "' here; " + config::suggest(text, names);
      },
      "", name);
}

std::vector<std::string> choices_of(const CLI::Option& option) {
  std::vector<std::string> choices;
  // A look at an option's checks does not change it; CLI11 has no const way.
  auto& checked = const_cast<CLI::Option&>(option);
  for (int i = 0;; ++i) {
    const CLI::Validator* check = nullptr;
    try {
      check = checked.get_validator(i);
    } catch (const CLI::OptionNotFound&) {
      return choices;
    }
    std::string_view name = check->get_name();
    if (!name.starts_with(kChoices)) continue;
    name.remove_prefix(kChoices.size());
    while (!name.empty()) {
      const std::size_t end = std::min(name.find('|'), name.size());
      choices.emplace_back(name.substr(0, end));
      name.remove_prefix(std::min(end + 1, name.size()));
    }
  }
}

CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        std::int64_t number = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool good =
            failure == std::errc() && end == text.data() + text.size() && number >= least && number <= most;
        return good ? std::string()
                    : "'" + text + "' is not a whole number from " + std::to_string(least) + " to " +
                          std::to_string(most);
      },
      "");
}

CLI::Validator non_negative() {
  return CLI::Validator(
      [](std::string& text) {
        std::uint64_t number = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool good = failure == std::errc() && end == text.data() + text.size();
        return good ? std::string() : "'" + text + "' is not a whole number from 0 on";
      },
      "");
}

CLI::Validator duration_from(Duration shortest, std::string why_not) {
  return CLI::Validator(
      [shortest, why_not = std::move(why_not)](std::string& text) {
        const Result<Duration> value = config::parse_duration(text);
        if (value.has_value() && *value >= shortest) return std::string();
        if (value.has_value()) return "'" + text + "' " + why_not;
        return "'" + text + "' is not a duration; write a number and its unit: 500ms, 2s, 1m";
      },
      "");
}

CLI::Validator idle_duration() {
  return duration_from(std::chrono::milliseconds(100), "is too short to tell an end from a pause; at least 100ms");
}

CLI::Validator host_and_port(std::string example) {
  return CLI::Validator(
      [example = std::move(example)](std::string& text) {
        return is_host_and_port(text) ? std::string() : "'" + text + "' is not HOST:PORT; write for example " + example;
      },
      "");
}

CLI::Validator host_and_maybe_port() {
  return CLI::Validator(
      [](std::string& text) {
        const bool bare = !text.empty() && text.find(':') == std::string::npos && text.find(' ') == std::string::npos;
        const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
        return bare || bracketed || is_host_and_port(text)
                   ? std::string()
                   : "'" + text + "' is not HOST or HOST:PORT; write for example broker.example.com:9092";
      },
      "");
}

CLI::Validator partition_count() {
  constexpr int kMostPartitions = 10'000;
  return whole_number(1, kMostPartitions);
}

void add_log_format(CLI::App& verb, LogFormat& format) {
  verb.add_option_function<std::string>(
          "--log-format",
          [&format](const std::string& text) {
            format = text == "json" ? LogFormat::json : text == "text" ? LogFormat::text : LogFormat::automatic;
          },
          "auto, json or text; auto is text on a terminal")
      ->type_name("FORMAT")
      ->check(one_of({"auto", "json", "text"}));
}

}  // namespace weir::cli
