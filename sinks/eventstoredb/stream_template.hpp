// StreamTemplate: which stream a message belongs to, from a pattern like "{aggregate_type|lower}-{aggregate_id}".
//
// Fields: aggregate_type, aggregate_id, event_type, topic, key, header:NAME, and `prefix`: what the table `prefixes`
// has for the aggregate type, or the aggregate type in lower case where it has nothing. `|lower` turns ASCII letters to
// lower case. `{{` and `}}` are braces.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/message.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::sinks::eventstoredb {

// Lifetime, Executor, Cancellation: a plain value, immutable after parse().
class StreamTemplate {
 public:
  using Prefixes = std::vector<std::pair<std::string, std::string>>;  // aggregate type → prefix

  // Error: invalid_argument, a sentence that names the offending part.
  static Result<StreamTemplate> parse(std::string_view pattern, const Prefixes& prefixes);

  // Writes the stream's name to `out` (replacing what it held). Error: data, when a field is missing or the name cannot
  // be a stream's.
  Result<void> render(const Message& message, std::string& out) const;

 private:
  enum class Field { text, aggregate_type, aggregate_id, event_type, topic, key, header, prefix };
  struct Part {
    Field field = Field::text;
    std::string text;  // the text itself, or the header's name
    bool lower = false;
  };
  static Result<Part> parse_field(std::string_view inside);
  std::string_view value_of(const Part& part, const Message& message) const;
  static std::string describe(const Part& part);

  std::vector<Part> parts_;
  std::map<std::string, std::string, std::less<>> prefixes_;
};

}  // namespace weir::sinks::eventstoredb
