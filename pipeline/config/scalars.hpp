// Reading single values out of scalars, with the findings that a person can act on; and writing them as canonical text.
//
// YAML 1.2 core rules, strictly: only true and false are booleans, a quoted "5" is a text and no number, durations and
// sizes carry their unit. What a ${...} was replaced by counts as unquoted and is never shown.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/config/diagnostics.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

// How one value is read: where it stands, whether it may be shown, and where findings go.
struct ReadScope {
  const std::string& path;
  bool secret;
  Diagnostics& out;
};

// How the canonical text of a secret is written: "***", a hash, or as it is.
using SecretText = std::function<std::string(std::string_view text)>;
std::string hide_secret(std::string_view text);  // "***"
// 16 hex digits, with a salt that every process draws anew:
// equal secrets compare equal, but no one can guess by trying.
std::string hash_secret(std::string_view text);

// "5s", "300ms", "1h30m", "2d", "1.5s": a sequence of numbers,
// each with its unit (ns, us, ms, s, m, h, d). "0" needs none.
Result<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);
// The notation as an expression (ECMA 262), for a JSON Schema; neither knows "0", nor what is too long.
std::string duration_pattern();
// "64MiB", "512KiB", "1GB", "100B": one number with its unit. "0" needs none.
Result<Bytes> parse_bytes(std::string_view text);
std::string format_bytes(Bytes bytes);
std::string bytes_pattern();

// Findings shared by the readers. `expected` reads on from "expected": "a duration with its unit, such as 5s".
void wrong_type(const Node& node, const ReadScope& scope, std::string_view expected, std::string hint = {});
// "the list" or "the text 'abc'", or a text without the value when it must not be shown.
std::string describe(const Node& node, bool secret);

bool read_bool(const Node& node, const ReadScope& scope, bool& out);
bool read_signed(const Node& node, const ReadScope& scope, std::int64_t least, std::int64_t most, std::int64_t& out);
bool read_unsigned(const Node& node, const ReadScope& scope, std::uint64_t most, std::uint64_t& out);
bool read_double(const Node& node, const ReadScope& scope, double& out);
bool read_string(const Node& node, const ReadScope& scope, std::string& out);
bool read_duration(const Node& node, const ReadScope& scope, Duration& out);
bool read_bytes(const Node& node, const ReadScope& scope, Bytes& out);
// The index in `names`.
bool read_choice(const Node& node, const ReadScope& scope, const std::vector<std::string_view>& names,
                 std::size_t& out);

void write_string(std::string_view text, std::string& out);  // plain where unmistakable, else quoted
void write_double(double value, std::string& out);
void write_node(const Node& node, std::string& out);

}  // namespace weir::config
