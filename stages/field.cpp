#include "stages/field.hpp"

namespace weir::stages {
namespace {

constexpr std::array<std::string_view, kFieldCount> kNames{"event_id",       "event_type",        "aggregate_id",
                                                           "aggregate_type", "aggregate_version", "occurred_on",
                                                           "correlation_id", "causation_id",      "data"};

constexpr std::string_view kEventId[] = {"event-id", "eventId", "event_id"};
constexpr std::string_view kEventType[] = {"event-type", "eventType", "event_type"};
constexpr std::string_view kAggregateId[] = {"aggregate-id", "aggregateId", "aggregate_id"};
constexpr std::string_view kAggregateType[] = {"aggregate-type", "aggregateType", "aggregate_type"};
constexpr std::string_view kCorrelationId[] = {"correlation-id", "correlationId", "correlation_id"};
constexpr std::string_view kCausationId[] = {"causation-id", "causationId", "causation_id"};

// One comparison per name: length and first byte have already singled it out.
Field when(std::string_view name, std::string_view candidate, Field field) {
  return name == candidate ? field : Field::none;
}

}  // namespace

std::string_view name_of(Field field) {
  return field == Field::none ? "none" : kNames[static_cast<std::size_t>(field)];
}

Field field_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Field>(i);
  }
  return Field::none;
}

std::vector<std::string> field_names() {
  return {kNames.begin(), kNames.end()};
}

Field envelope_field(std::string_view name) noexcept {
  const auto starts = [&](char c) {
    return name.front() == c;
  };
  switch (name.size()) {
    case 2:
      return when(name, "id", Field::event_id);
    case 4:
      return starts('d') ? when(name, "data", Field::data) : when(name, "type", Field::event_type);
    case 7:
      if (starts('e')) return when(name, "eventId", Field::event_id);
      return starts('p') ? when(name, "payload", Field::data) : when(name, "version", Field::aggregate_version);
    case 8:
      return when(name, "event_id", Field::event_id);
    case 9:
      return starts('e') ? when(name, "eventType", Field::event_type) : when(name, "timestamp", Field::occurred_on);
    case 10:
      if (starts('e')) return when(name, "event_type", Field::event_type);
      return name.back() == 'n' ? when(name, "occurredOn", Field::occurred_on)
                                : when(name, "occurredAt", Field::occurred_on);
    case 11:
      if (starts('a')) return when(name, "aggregateId", Field::aggregate_id);
      if (starts('c')) return when(name, "causationId", Field::causation_id);
      return name.back() == 'n' ? when(name, "occurred_on", Field::occurred_on)
                                : when(name, "occurred_at", Field::occurred_on);
    case 12:
      return starts('a') ? when(name, "aggregate_id", Field::aggregate_id)
                         : when(name, "causation_id", Field::causation_id);
    case 13:
      return starts('a') ? when(name, "aggregateType", Field::aggregate_type)
                         : when(name, "correlationId", Field::correlation_id);
    case 14:
      return starts('a') ? when(name, "aggregate_type", Field::aggregate_type)
                         : when(name, "correlation_id", Field::correlation_id);
    case 16:
      return when(name, "aggregateVersion", Field::aggregate_version);
    case 17:
      return when(name, "aggregate_version", Field::aggregate_version);
    default:
      return Field::none;
  }
}

std::span<const std::string_view> fallback_headers(Field field) {
  switch (field) {
    case Field::event_id:
      return kEventId;
    case Field::event_type:
      return kEventType;
    case Field::aggregate_id:
      return kAggregateId;
    case Field::aggregate_type:
      return kAggregateType;
    case Field::correlation_id:
      return kCorrelationId;
    case Field::causation_id:
      return kCausationId;
    default:
      return {};
  }
}

}  // namespace weir::stages
