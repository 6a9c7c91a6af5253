// RouteTable: patterns and the targets they stand for.
#pragma once

#include "pipeline/message.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace weir::stages {

// A pattern ending in `*` is a prefix, one beginning with `^` an expression (RE2:
// linear time, matched anywhere after its anchor), any other one is exact and has no `*`. Exact
// goes before the longest prefix, prefixes before expressions, expressions in order.
//
// Lifetime, Executor: a value of one stage. Cancellation: none. Errors: add() says what is wrong with a pattern.
class RouteTable {
 public:
  // What a value is bound for: a sink's index, or kDrop.
  using Target = SinkIndex;
  static constexpr Target kDrop = 0xfffe;

  RouteTable();
  ~RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;

  // An empty text = added; else what is wrong with the pattern.
  std::string add(std::string_view pattern, Target target);
  std::optional<Target> find(std::string_view value) const;

 private:
  std::map<std::string, Target, std::less<>> exact_;
  std::vector<std::pair<std::string, Target>> prefixes_;  // longest first
  std::vector<std::pair<std::unique_ptr<re2::RE2>, Target>> expressions_;
};

}  // namespace weir::stages
