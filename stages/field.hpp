// The fields of a domain event: their names in configuration, in envelopes and in headers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stages {

// In the order of DomainEvent. `none` = not a field weir knows.
enum class Field : std::uint8_t {
  event_id,
  event_type,
  aggregate_id,
  aggregate_type,
  aggregate_version,
  occurred_on,
  correlation_id,
  causation_id,
  data,
  none,
};
inline constexpr std::size_t kFieldCount = 9;

constexpr std::uint32_t bit(Field field) {
  return 1u << static_cast<unsigned>(field);
}

// "event_id", ...: the name in configuration.
std::string_view name_of(Field field);
// The field of that name in configuration, or none.
Field field_named(std::string_view name);
// All names, for messages and checks.
std::vector<std::string> field_names();

// The field that a member of a `domain_event` envelope stands for, under any of its synonyms, or none.
Field envelope_field(std::string_view member) noexcept;
// True for the synonyms that other things are called as well: `id`, `type`, `version`, `timestamp`. A long name beside
// them is meant.
constexpr bool is_short_name(std::string_view member) noexcept {
  switch (member.size()) {
    case 2:
      return member == "id";
    case 4:
      return member == "type";
    case 7:
      return member == "version";
    case 9:
      return member == "timestamp";
    default:
      return false;
  }
}
// The names of headers that stand in for an absent member, the preferred one first. May be empty.
std::span<const std::string_view> fallback_headers(Field field);

}  // namespace weir::stages
