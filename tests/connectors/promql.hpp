// What a PromQL expression asks for, as far as a test can see without a Prometheus: names of metrics, their labels.
#pragma once

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace weir::connectors::testing {

struct PromqlSelector {
  std::string metric;
  std::map<std::string, std::string> labels;  // name → the value that is asked for; empty: not one that stands there
};

struct PromqlUse {
  std::vector<PromqlSelector> selectors;
  std::set<std::string> grouped_by;
};

inline PromqlUse read_promql(const std::string& expression) {
  PromqlUse use;
  static const std::regex kSelector(R"(\b((?:weir|kafka|process)_[a-zA-Z0-9_:]+)\s*(\{[^}]*\})?)");
  static const std::regex kMatcher(R"re(([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"([^"]*)")re");
  static const std::regex kGrouping(R"(\b(?:by|without|on|ignoring)\s*\(([^)]*)\))");
  static const std::regex kWord(R"([a-zA-Z_]\w*)");
  for (std::sregex_iterator at(expression.begin(), expression.end(), kSelector), end; at != end; ++at) {
    PromqlSelector& selector = use.selectors.emplace_back();
    selector.metric = (*at)[1];
    const std::string matchers = (*at)[2];
    for (std::sregex_iterator one(matchers.begin(), matchers.end(), kMatcher); one != end; ++one)
      selector.labels[(*one)[1]] = (*one)[2] == "=" ? (*one)[3].str() : std::string();
  }
  for (std::sregex_iterator at(expression.begin(), expression.end(), kGrouping), end; at != end; ++at) {
    const std::string names = (*at)[1];
    for (std::sregex_iterator one(names.begin(), names.end(), kWord); one != end; ++one)
      use.grouped_by.insert(one->str());
  }
  return use;
}

}  // namespace weir::connectors::testing
