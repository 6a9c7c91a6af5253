#include "stages/route_table.hpp"

#include "pipeline/text/quotes.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace weir::stages {

RouteTable::RouteTable() = default;
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

std::string RouteTable::add(std::string_view pattern, Target target) {
  if (pattern.empty()) return "a pattern is empty; for everything else there is 'default'";
  if (pattern.front() == '^') {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    auto expression = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!expression->ok()) return "the expression cannot be read: " + expression->error();
    expressions_.emplace_back(std::move(expression), target);
    return {};
  }
  if (const std::size_t star = pattern.find('*'); star < pattern.size() - 1) {
    return "a '*' stands for anything at the end only; write an expression, such as " +
           text::quoted("^" + std::string(pattern.substr(0, star)) + ".*" + std::string(pattern.substr(star + 1)) +
                        "$");
  }
  if (pattern.back() == '*') {
    const std::string_view prefix = pattern.substr(0, pattern.size() - 1);
    const auto same = [&](const auto& known) {
      return known.first == prefix;
    };
    if (std::any_of(prefixes_.begin(), prefixes_.end(), same)) return "the pattern stands twice";
    const auto shorter = [&](const auto& known) {
      return known.first.size() < prefix.size();
    };
    prefixes_.emplace(std::find_if(prefixes_.begin(), prefixes_.end(), shorter), prefix, target);
    return {};
  }
  if (!exact_.emplace(pattern, target).second) return "the pattern stands twice";
  return {};
}

std::optional<RouteTable::Target> RouteTable::find(std::string_view value) const {
  if (const auto exact = exact_.find(value); exact != exact_.end()) return exact->second;
  for (const auto& [prefix, target] : prefixes_) {
    if (value.starts_with(prefix)) return target;
  }
  for (const auto& [expression, target] : expressions_) {
    if (RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *expression)) return target;
  }
  return std::nullopt;
}

}  // namespace weir::stages
