// StreamName: which stream a message belongs to, from a template like "{prefix}-{aggregate_id}".
#pragma once

#include "pipeline/parts/template.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::sinks::eventstoredb {

// A template, and what a stream may be called: valid UTF-8 of at most 4096 bytes that does not begin with '$'. It knows
// one name more than other templates: {prefix}, what the table `prefixes` has for the aggregate type, or the aggregate
// type in lower case where it has nothing.
//
// Lifetime, Executor, Cancellation: a plain value, immutable after parse(). Errors: those of its functions.
class StreamName {
 public:
  using Prefixes = std::vector<std::pair<std::string, std::string>>;  // aggregate type → prefix

  // Error: invalid_argument, a sentence that names the offending part.
  static Result<StreamName> parse(std::string_view pattern, const Prefixes& prefixes);

  // Writes the name to `out` (replacing what it held). Error: data, when a part is missing or the name cannot be a
  // stream's.
  Result<void> render(const Message& message, std::string& out) const;

  // True when `name`, rendered of this message, could as well be another aggregate's, as "a-b-c" is "a-b" with "c" and
  // "a" with "b-c". False where a stream is not named after type and id: it is shared on purpose. An id that is a UUID
  // leaves no doubt, for no type ends in a part of one; a type with a separator in it leaves it always.
  bool leaves_doubt(const Message& message, std::string_view name) const;

  // The one stream of all messages; nothing when it depends on the message.
  std::optional<std::string_view> constant() const { return name_.constant(); }
  // The parts of a message that the name is made of.
  std::vector<std::string> parts() const { return name_.parts(); }

 private:
  Template name_;
  bool is_of_an_aggregate_ = false;
  std::string separators_;   // the punctuation between the parts, each character once
  std::size_t between_ = 0;  // how many such characters a name has that no part has any in
};

}  // namespace weir::sinks::eventstoredb
