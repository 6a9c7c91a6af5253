// UUIDs (RFC 9562): identity of events.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// 128 bits in network order split into two halves, as EventStoreDB's structured UUIDs want them.
struct Uuid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  // Strict: exactly 8-4-4-4-12 hexadecimal digits of either case. Braces, "urn:uuid:", missing hyphens: no value.
  static std::optional<Uuid> parse(std::string_view text) noexcept;
  // Any spelling of the same digits: with or without hyphens, in braces, behind "urn:uuid:", of either case.
  static std::optional<Uuid> parse_any_spelling(std::string_view text) noexcept;
  // Version 4, from a cryptographic generator. Thread-safe.
  static Uuid random();
  // Version 5: SHA-1 of namespace and name (RFC 9562, 5.5). The same input gives the same id for ever.
  static Uuid v5(const Uuid& name_space, std::string_view name);

  bool is_nil() const { return high == 0 && low == 0; }
  std::string str() const;                           // lower case, 36 characters
  void write_to(char* out36) const noexcept;         // the same 36 characters, no terminator
  std::array<unsigned char, 16> bytes() const;       // network order
  static Uuid from_bytes(const unsigned char* p16);  // network order

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

  template <class H>
  friend H AbslHashValue(H h, const Uuid& id) {
    return H::combine(std::move(h), id.high, id.low);
  }
};

}  // namespace weir

template <>
struct std::hash<weir::Uuid> {
  std::size_t operator()(const weir::Uuid& id) const noexcept { return id.high * 0x9E3779B97F4A7C15ull ^ id.low; }
};
