#include "sinks/eventstoredb/known_event.hpp"

#include "pipeline/base/uuid.hpp"
#include "pipeline/text/json_digest.hpp"
#include "pipeline/text/rfc3339.hpp"

#include <charconv>

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

// True when the metadata's time is the record's, which an event without a time of its own has; a resend has another.
bool has_records_time(std::string_view metadata, std::string_view occurred_on) {
  const std::string_view origin = text::json_member(metadata, "origin").value_or("");
  const std::string_view number = text::json_member(origin, "timestamp").value_or("");
  std::int64_t milliseconds = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), milliseconds);
  char time[text::kRfc3339Size];
  if (failed != std::errc() || !text::write_rfc3339(milliseconds, time)) return false;
  return occurred_on == "\"" + std::string(time, sizeof time) + "\"";
}

}  // namespace

std::string difference(const es::NewEvent& sent, const es::RecordedEvent& stored, const KnownRules& rules) {
  if (sent.type != stored.type) return "another type ('" + stored.type + "')";
  if (!same_data(sent.data, stored.data, rules.ignore)) return "other data";
  if (rules.compare == SameBy::data) return {};
  for (const std::string_view name : kOfTheEvent) {
    const std::optional<std::string_view> ours = text::json_member(sent.metadata, name);
    const std::optional<std::string_view> theirs = text::json_member(stored.metadata, name);
    if (!ours.has_value() || !theirs.has_value() || *ours == *theirs) continue;
    const bool of_the_record =
        name == kOccurredOn && (has_records_time(sent.metadata, *ours) || has_records_time(stored.metadata, *theirs));
    if (of_the_record) continue;
    return "another " + std::string(name) + " (" + std::string(*theirs) + ")";
  }
  return {};
}

}  // namespace weir::sinks::eventstoredb
