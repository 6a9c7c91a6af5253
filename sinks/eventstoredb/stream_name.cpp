#include "sinks/eventstoredb/stream_name.hpp"

#include "pipeline/text/utf8.hpp"

namespace weir::sinks::eventstoredb {
namespace {

constexpr std::string_view kMakes = "stream";
constexpr std::size_t kLongestName = 4096;

Error no_stream(std::string_view why) {
  return Error(Errc::data, "no stream for this message: its name would " + std::string(why));
}

}  // namespace

Result<StreamName> StreamName::parse(std::string_view pattern, const Prefixes& prefixes) {
  Result<Template> name = Template::parse(pattern, kMakes, {"prefix", "aggregate_type", prefixes});
  if (name.has_error()) return name.error();
  if (name->beginning().starts_with('$')) {
    return Error(
        Errc::invalid_argument,
        "'" + std::string(pattern) + "' gives system streams (names that begin with '$'); these belong to the server");
  }
  StreamName result;
  result.name_ = std::move(*name);
  return result;
}

Result<void> StreamName::render(const Message& message, std::string& out) const {
  out.clear();
  Result<void> made = name_.render(message, out);
  if (made.has_error()) return made;
  if (out.starts_with('$')) return no_stream("begin with '$', and such streams belong to the server");
  if (out.size() > kLongestName) {
    return no_stream("have " + std::to_string(out.size()) + " bytes; at most " + std::to_string(kLongestName) +
                     " are accepted");
  }
  if (text::find_invalid_utf8(out).has_value()) return no_stream("not be valid UTF-8");
  return made;
}

}  // namespace weir::sinks::eventstoredb
