#include "stages/route.hpp"

#include "pipeline/parts/checked_by.hpp"
#include "pipeline/text/quotes.hpp"
#include "stages/route_table.hpp"
#include "stages/selector.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <array>

namespace weir::stages {
namespace {

constexpr std::string_view kDropTarget = "drop";
constexpr std::string_view kDefaultPattern = "default";  // in `to`: everything else
constexpr std::string_view kReason = "route";

class Route final : public Stage {
 public:
  Route(Selector by, RouteTable table, std::optional<RouteTable::Target> otherwise)
      : by_(std::move(by)), table_(std::move(table)), otherwise_(otherwise) {}

  Task<Result<void>> process(Batch& batch, StageContext& ctx) override {
    Result<void> done;
    for (Message& message : batch.messages()) route(message, ctx);
    co_return done;
  }

 private:
  void route(Message& message, StageContext& ctx) {
    const std::optional<std::string_view> value = by_.value(message);
    const std::optional<RouteTable::Target> target = value.has_value() ? find(*value) : otherwise_;
    if (!target.has_value()) {
      ctx.fail(message, Error(Errc::data, unrouted(value)));
    } else if (*target == RouteTable::kDrop) {
      ctx.drop(message, kReason);
    } else {
      message.sink = *target;
    }
  }

  // Values repeat: what the table said of one is kept. Bounded, since values come from outside; long ones are not kept.
  std::optional<RouteTable::Target> find(std::string_view value) {
    if (value.size() > kLongest) return look_up(value);
    const absl::string_view key(value.data(), value.size());
    if (const auto known = cache_.find(key); known != cache_.end()) return known->second;
    const std::optional<RouteTable::Target> target = look_up(value);
    if (cache_.size() >= kMostCached) cache_.clear();
    cache_.emplace(std::string(value), target);
    return target;
  }

  std::optional<RouteTable::Target> look_up(std::string_view value) const {
    const std::optional<RouteTable::Target> target = table_.find(value);
    return target.has_value() ? target : otherwise_;
  }

  std::string unrouted(std::optional<std::string_view> value) const {
    if (!value.has_value())
      return "the message has no " + by_.text() + " to route by; add it, or a 'default' to the route";
    return "no route for " + by_.text() + " " + text::quoted(*value) + "; add a pattern for it, or a 'default'";
  }

  static constexpr std::size_t kMostCached = 4096;
  static constexpr std::size_t kLongest = 256;

  Selector by_;
  const RouteTable table_;
  const std::optional<RouteTable::Target> otherwise_;
  absl::flat_hash_map<std::string, std::optional<RouteTable::Target>> cache_;
};

void check_target(const std::string& target, const config::Mark& mark, const std::string& path, const CheckScope& scope,
                  config::Diagnostics& out) {
  if (scope.sinks.empty()) return;  // that there are none is said where they belong
  if (target == kDropTarget || std::find(scope.sinks.begin(), scope.sinks.end(), target) != scope.sinks.end()) return;
  std::vector<std::string_view> names(scope.sinks.begin(), scope.sinks.end());
  names.push_back(kDropTarget);
  out.error("unknown-sink", mark, path, "the pipeline has no sink " + config::quote(target),
            config::suggest(target, names));
}

// One slip away, or a word that other tools have for it. "Defaulted" is a type of event.
bool looks_like_default(std::string_view pattern) {
  constexpr std::array<std::string_view, 4> kOtherWords{"else", "otherwise", "other", "_"};
  if (pattern == kDefaultPattern || std::ranges::find(kOtherWords, pattern) != kOtherWords.end())
    return pattern != kDefaultPattern;
  const std::size_t shorter = std::min(pattern.size(), kDefaultPattern.size());
  const std::size_t longer = std::max(pattern.size(), kDefaultPattern.size());
  return longer - shorter <= 1 && !config::nearest(pattern, {kDefaultPattern}).empty();
}

std::optional<RouteTable::Target> target_of(const std::string& name, const BuildContext& context) {
  if (name == kDropTarget) return RouteTable::kDrop;
  return context.sink(name);
}

}  // namespace

Spec<RouteConfig> route_spec() {
  Spec<RouteConfig> spec("Chooses the sink of each message.");
  spec.option("by", &RouteConfig::by, "The value that decides.")
      .example("header:tenant")
      .check(checked_by(&Selector::parse));
  spec.option("to", &RouteConfig::to,
              "Pattern to sink. A pattern ending in * is a prefix, one beginning with ^ a regular expression, "
              "any other one is exact and has no *; exact goes before the longest prefix, then expressions in order. "
              "The target 'drop' drops the message, counted. "
              "The pattern 'default' takes everything else; without it, what matches nothing is dead-lettered.")
      .required()
      .example("{ \"Audit*\": audit, \"^(Task|System)Created$\": created, default: events }");
  spec.validate(
      [](const RouteConfig& route, const config::Node& where, const std::string& path, config::Diagnostics& out) {
        if (route.to.empty()) {
          out.error("invalid-value", where.mark(), path, "a route needs at least one pattern in 'to'",
                    "write to: { \"pattern\": sink, default: sink }");
        }
      });
  return spec;
}

Description describe_route(const RouteConfig& route, const FindDescription&) {
  Description description;
  description.routes = true;
  description.parts = {route.by};
  std::string otherwise = "is dead-lettered: no route takes it";
  for (const auto& [pattern, sink] : route.to) {
    const bool dropped = sink == kDropTarget;
    const bool takes_all_else = pattern == kDefaultPattern;
    std::vector<std::string>& known = description.routes_to;
    if (!dropped && std::find(known.begin(), known.end(), sink) == known.end()) known.push_back(sink);
    description.branches.push_back({takes_all_else ? "everything else" : pattern, dropped ? std::string() : sink});
    if (takes_all_else) otherwise = dropped ? "is dropped, and counted under 'route'" : "goes to '" + sink + "'";
  }
  description.says(Statement::About::unknown_type, "One whose " + route.by + " fits no pattern " + otherwise + ".");
  return description;
}

void check_route(const RouteConfig& route, const config::Node& node, const CheckScope& scope,
                 config::Diagnostics& out) {
  RouteTable table;
  const config::Node* to = node.find("to");
  const std::string to_path = config::join_path(scope.path, "to");
  const bool has_default =
      std::ranges::any_of(route.to, [](const auto& entry) { return entry.first == kDefaultPattern; });
  for (std::size_t i = 0; i < route.to.size(); ++i) {
    const auto& [pattern, target] = route.to[i];
    const bool marked = to != nullptr && i < to->members().size();
    const std::string path = config::join_path(to_path, pattern);
    const std::string wrong = pattern == kDefaultPattern ? std::string() : table.add(pattern, 0);
    if (!wrong.empty()) {
      out.error("bad-pattern", marked ? to->members()[i].mark : node.mark(), path,
                config::quote(pattern) + ": " + wrong);
    }
    if (wrong.empty() && looks_like_default(pattern) && !has_default) {
      out.warning("misspelt-default", marked ? to->members()[i].mark : node.mark(), path,
                  config::quote(pattern) + " stands for messages with exactly that " + config::quote(route.by) +
                      ", and nothing takes all others",
                  "did you mean 'default'?");
    }
    check_target(target, marked ? to->members()[i].value.mark() : node.mark(), path, scope, out);
  }
}

Result<std::unique_ptr<Stage>> make_route(const RouteConfig& config, BuildContext& context) {
  Result<Selector> by = Selector::parse(config.by);
  if (by.has_error()) return by.error().with_context("route: by");
  RouteTable table;
  std::optional<RouteTable::Target> otherwise;
  for (const auto& [pattern, name] : config.to) {
    const std::optional<RouteTable::Target> target = target_of(name, context);
    if (!target.has_value()) return Error(Errc::invalid_argument, "route: the pipeline has no sink '" + name + "'");
    if (pattern == kDefaultPattern) {
      otherwise = target;
      continue;
    }
    const std::string wrong = table.add(pattern, *target);
    if (!wrong.empty()) return Error(Errc::invalid_argument, "route: pattern '" + pattern + "': " + wrong);
  }
  std::unique_ptr<Stage> stage = std::make_unique<Route>(std::move(*by), std::move(table), otherwise);
  return stage;
}

}  // namespace weir::stages
