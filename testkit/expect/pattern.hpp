// Pattern: a regular expression of a test, looked for anywhere in a text.
#pragma once

#include "pipeline/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace weir::testkit {

// RE2's language: linear in the text, whatever the expression is.
//
// Lifetime: a plain value; copies share. Executor: any thread. Cancellation, Errors: none.
class Pattern {
 public:
  // Error: invalid_argument, with what is wrong with the expression.
  static Result<Pattern> parse(std::string_view expression);
  // One that is found in texts that hold exactly this.
  static Pattern literal(std::string_view text);

  bool is_in(std::string_view text) const;
  const std::string& text() const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace weir::testkit
