#include "testkit/expect/pattern.hpp"

#include "pipeline/text/quotes.hpp"

#include <re2/re2.h>

namespace weir::testkit {

namespace {

re2::RE2::Options quiet() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

}  // namespace

Result<Pattern> Pattern::parse(std::string_view expression) {
  auto compiled = std::make_shared<const re2::RE2>(re2::StringPiece(expression.data(), expression.size()), quiet());
  if (!compiled->ok()) {
    return Error(Errc::invalid_argument,
                 "the regular expression " + text::quoted(expression) + " cannot be read: " + compiled->error());
  }
  return Pattern(std::move(compiled));
}

Pattern Pattern::literal(std::string_view text) {
  const std::string escaped = re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
  return Pattern(std::make_shared<const re2::RE2>(escaped, quiet()));
}

bool Pattern::is_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

const std::string& Pattern::text() const {
  return compiled_->pattern();
}

}  // namespace weir::testkit
