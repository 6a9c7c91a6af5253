// Filters on reads of `$all`: by stream name or event type, with prefixes or a regular expression.
#pragma once

#include "pipeline/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::embedded::eventstore {

// A regular expression of RE2: linear in the text whatever the pattern. Clients were written for a backtracking engine
// and like to begin with a look-ahead ("^(?!\$)"), which RE2 lacks; look-aheads right at the start of an anchored
// pattern are therefore taken apart and matched on their own.
class Regex {
 public:
  static Result<Regex> compile(std::string_view pattern);
  // True when the pattern matches anywhere in the text.
  bool found_in(std::string_view text) const;

 private:
  struct Parts;
  explicit Regex(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

// What a reader of `$all` wants to see. Cheap to copy.
//
// Lifetime: a value. Executor: any thread. Cancellation: none. Errors: invalid_argument for a pattern that is none.
class EventFilter {
 public:
  enum class Subject { stream, type };

  // Everything that `$all` shows at all.
  EventFilter() = default;
  static EventFilter by_prefix(Subject subject, std::vector<std::string> prefixes);
  static Result<EventFilter> by_regex(Subject subject, std::string_view pattern);

  bool matches(std::string_view stream, std::string_view type) const;

 private:
  Subject subject_ = Subject::stream;
  std::vector<std::string> prefixes_;
  std::shared_ptr<const Regex> regex_;
};

}  // namespace weir::embedded::eventstore
