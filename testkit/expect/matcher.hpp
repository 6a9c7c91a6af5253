// Matcher: what a test expects of one value, and where a value differs from it.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/node.hpp"
#include "testkit/expect/pattern.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::testkit {

// The first place where a value is not as expected.
struct Unlike {
  std::string where;     // "data.amount", "data.items[2]"
  std::string expected;  // "100", "a text in which \"^A\" is found"
  std::string found;     // "101", "nothing", "the text \"100\""

  std::string str() const { return where + ": expected " + expected + ", found " + found; }
};

// Reads as YAML does:
//
//   value: shipped                 these bytes
//   value: null                    Kafka's null
//   value: { regex: "^ship" }      found anywhere in them
//   value: { any: true }           whatever stands there
//   data: { amount: 5 }            JSON that has at least these members; any depth, and a matcher may stand at any depth
//   data: { json: { any: 5 } }     the same, for members that are called like a matcher
//   data: { json_equals: { … } }   JSON that has these members and no others
//
// Items of a JSON list are compared one by one, and there must be as many. Numbers are equal when they say the same
// (1.0 and 1), texts when their characters are the same; "5" is no number.
//
// Lifetime: a plain value. Executor: any thread. Cancellation: none. Errors: read() reports; comparing has none.
class Matcher {
 public:
  enum class Scalars : std::uint8_t { exact, regex };  // what a bare scalar at the top means

  static std::optional<Matcher> read(const config::Node& node, const std::string& path, config::Diagnostics& out,
                                     Scalars scalars = Scalars::exact);

  // Nothing: the value is as expected. `name` begins the place of a difference.
  std::optional<Unlike> differs(const std::optional<std::string>& bytes, std::string_view name) const;

 private:
  enum class Kind : std::uint8_t { any, null, scalar, regex, mapping, list };
  // `whole`: the members of mappings below are all that may be there.
  static std::optional<Matcher> read_value(const config::Node& node, const std::string& path, bool whole,
                                           config::Diagnostics& out);
  static std::optional<Matcher> read_named(const config::Node::Member& member, const std::string& path, bool whole,
                                           config::Diagnostics& out);
  static std::optional<Matcher> read_members(const config::Node& node, const std::string& path, bool whole,
                                             config::Diagnostics& out);
  static std::optional<Matcher> read_regex(const config::Node& node, const std::string& path, config::Diagnostics& out);
  std::optional<Unlike> differs(const config::Node& value, const std::string& where) const;
  std::optional<Unlike> members_differ(const config::Node& value, const std::string& where) const;
  std::optional<Unlike> items_differ(const config::Node& value, const std::string& where) const;
  std::string description() const;

  Kind kind_ = Kind::any;
  bool whole_ = false;
  config::Node scalar_;
  std::optional<Pattern> pattern_;
  std::vector<std::pair<std::string, Matcher>> members_;
  std::vector<Matcher> items_;
};

}  // namespace weir::testkit
