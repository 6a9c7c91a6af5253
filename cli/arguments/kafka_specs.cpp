#include "cli/arguments/kafka_specs.hpp"

#include "connectors/kafka/topic_name.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace weir::cli {

namespace {

constexpr std::string_view kDigits = "0123456789";

// All of the text as a number without a sign.
template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
  Number number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Takes exactly so many digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  const std::optional<int> number = whole_number<int>(text.substr(0, count));
  if (number) text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

using Milliseconds = std::chrono::milliseconds;

// ":mm[:ss[.fff]]" after the hours; fractions beyond milliseconds are cut off.
std::optional<Milliseconds> take_time(std::string_view& text) {
  const std::optional<int> hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const std::optional<int> minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  Milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!take(text, ':')) return time;
  const std::optional<int> second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  time += std::chrono::seconds(*second);
  if (!take(text, '.')) return time;
  const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  if (digits == 0 || digits > 9) return std::nullopt;
  const std::string fraction = (std::string(text.substr(0, digits)) + "00").substr(0, 3);
  text.remove_prefix(digits);
  return time + Milliseconds(*whole_number<int>(fraction));
}

// "", "Z", "+02:00", "+0200", "-02": what to take away to have UTC.
std::optional<Milliseconds> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return Milliseconds(0);
  const bool west = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const std::optional<int> hours = take_digits(text, 2);
  if (!hours || *hours > 18) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    const std::optional<int> given = take_digits(text, 2);
    if (!given || *given > 59) return std::nullopt;
    minutes = *given;
  }
  const Milliseconds east = std::chrono::hours(*hours) + std::chrono::minutes(minutes);
  return west ? -east : east;
}

}  // namespace

std::optional<TailStart> parse_tail_start(std::string_view text) {
  if (text == "start") return TailStart{TailStart::From::start, 0};
  if (text == "end") return TailStart{TailStart::From::end, 0};
  const bool back = take(text, '-');
  const std::optional<Offset> number = whole_number<Offset>(text);
  if (!number) return std::nullopt;
  return TailStart{back ? TailStart::From::before_end : TailStart::From::offset, *number};
}

std::optional<ResetTarget> parse_reset_target(std::string_view text) {
  if (text == "start") return ResetTarget{ResetTarget::To::start, 0};
  if (text == "end") return ResetTarget{ResetTarget::To::end, 0};
  const bool back = text.starts_with('-');
  const bool forward = text.starts_with('+');
  if (const std::optional<std::int64_t> number = whole_number<std::int64_t>(text.substr(back || forward ? 1 : 0))) {
    if (!back && !forward) return ResetTarget{ResetTarget::To::offset, *number};
    return ResetTarget{ResetTarget::To::shift, back ? -*number : *number};
  }
  if (const std::optional<std::int64_t> when = parse_timestamp(text))
    return ResetTarget{ResetTarget::To::timestamp, *when};
  return std::nullopt;
}

std::optional<TopicChoice> parse_topic_choice(std::string_view text) {
  const std::size_t colon = text.find(':');
  TopicChoice choice{std::string(text.substr(0, colon)), {}};
  if (!is_topic_name(choice.topic)) return std::nullopt;
  if (colon == std::string_view::npos) return choice;
  for (std::string_view rest = text.substr(colon + 1);;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::optional<Partition> partition = whole_number<Partition>(rest.substr(0, comma));
    if (!partition) return std::nullopt;
    choice.partitions.push_back(*partition);
    if (comma == rest.size()) return choice;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<std::pair<std::string, std::string>> parse_pair(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const std::optional<int> year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const std::optional<int> month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const std::optional<int> day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  Milliseconds when = std::chrono::sys_days(date).time_since_epoch();
  if (take(text, 'T') || take(text, 't') || take(text, ' ')) {
    const std::optional<Milliseconds> time = take_time(text);
    if (!time) return std::nullopt;
    const std::optional<Milliseconds> east = take_zone(text);
    if (!east) return std::nullopt;
    when += *time - *east;
  }
  if (!text.empty() || when.count() < 0) return std::nullopt;
  return when.count();
}

bool is_topic_name(std::string_view name) {
  return connectors::kafka::check_topic_name(name).empty();
}

}  // namespace weir::cli
