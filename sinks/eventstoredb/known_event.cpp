#include "sinks/eventstoredb/known_event.hpp"

#include "pipeline/base/uuid.hpp"
#include "pipeline/text/json_digest.hpp"
#include "pipeline/text/quotes.hpp"
#include "pipeline/text/rfc3339.hpp"
#include "pipeline/text/times.hpp"
#include "sinks/eventstoredb/metadata_text.hpp"

#include <charconv>
#include <chrono>

namespace weir::sinks::eventstoredb {
namespace {

namespace es = connectors::eventstoredb;

constexpr std::string_view kOccurredOn = "occurredOn";
constexpr std::string_view kOfTheEvent[] = {"aggregateId",   "aggregateType", "aggregateVersion",
                                            "correlationId", "causationId",   kOccurredOn};

bool same_data(std::string_view a, std::string_view b, std::span<const std::string> ignored) {
  if (a == b) return true;
  static const std::uint64_t seed = Uuid::random().low;
  const text::JsonDigest digest(seed, ignored);
  const std::optional<std::uint64_t> first = digest.of(a);
  return first.has_value() && first == digest.of(b);
}

// A moment to the nanosecond, as RFC 3339 text has it.
struct Instant {
  std::int64_t seconds = 0;  // since 1970
  std::string fraction;      // digits without the zeros that end it
  friend bool operator==(const Instant&, const Instant&) = default;
};

// The number that the digits make; they are digits.
int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

// What the text says of a moment, in any of the spellings that weir reads and that name one.
std::optional<Instant> instant_of(std::string_view spelled) {
  char room[text::kTimeSize];
  const std::size_t size = spelled.empty() ? 0 : text::read_time(spelled, {}, room);
  if (size == 0) return std::nullopt;
  std::string_view time(room, size);
  const std::chrono::year_month_day date(std::chrono::year(number(time.substr(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(number(time.substr(5, 2)))),
                                         std::chrono::day(static_cast<unsigned>(number(time.substr(8, 2)))));
  Instant instant;
  instant.seconds = std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count();
  instant.seconds += number(time.substr(11, 2)) * 3600 + number(time.substr(14, 2)) * 60 + number(time.substr(17, 2));
  time.remove_prefix(19);
  const std::size_t zone = time.find_first_of("Zz+-");
  if (zone > 0) instant.fraction = time.substr(1, zone - 1);
  time.remove_prefix(zone);
  if (time.size() == 6) {
    const int ahead = number(time.substr(1, 2)) * 3600 + number(time.substr(4, 2)) * 60;
    instant.seconds -= time[0] == '-' ? -ahead : ahead;
  }
  return instant;
}

// True when both name one moment.
bool is_same_time(std::string_view a, std::string_view b) {
  const std::optional<Instant> first = instant_of(a);
  return first.has_value() && first == instant_of(b);
}

// True when the metadata's time is the record's, which an event without a time of its own has; a resend has another.
bool has_records_time(std::string_view metadata, std::string_view occurred_on) {
  const std::string_view origin = text::json_member(metadata, "origin").value_or("");
  const std::string_view number = text::json_member(origin, "timestamp").value_or("");
  std::int64_t milliseconds = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), milliseconds);
  char time[text::kRfc3339Size];
  if (failed != std::errc() || !text::write_rfc3339(milliseconds, time)) return false;
  return is_same_time(occurred_on, {time, sizeof time});
}

}  // namespace

std::string difference(const es::NewEvent& sent, const es::RecordedEvent& stored, const KnownRules& rules) {
  if (sent.type != stored.type) return "another type (" + text::quoted(stored.type) + ")";
  if (!same_data(sent.data, stored.data, rules.ignore)) return std::string(kOtherData);
  if (rules.compare == SameBy::data) return {};
  for (const std::string_view name : kOfTheEvent) {
    const std::optional<std::string> ours = metadata_text(sent.metadata, name);
    const std::optional<std::string> theirs = metadata_text(stored.metadata, name);
    if (!ours.has_value() || !theirs.has_value() || *ours == *theirs) continue;
    const bool does_not_count =
        name == kOccurredOn && (is_same_time(*ours, *theirs) || has_records_time(sent.metadata, *ours) ||
                                has_records_time(stored.metadata, *theirs));
    if (does_not_count) continue;
    return "another " + std::string(name) + " (" + text::quoted(*theirs) + ")";
  }
  return {};
}

}  // namespace weir::sinks::eventstoredb
