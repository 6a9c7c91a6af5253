// Any request that posts to a stream: an answer that says why not, or an append that can be stored and read again. What is
// accepted has names in UTF-8, data that are JSON where they say so, and stays within the limits.
//
// The first byte is the Content-Type; then, a line each, what follows /streams/ in the path, ES-EventType, ES-EventId and
// ES-ExpectedVersion; the rest is the body.
#include "embedded/eventstore/calls/http_append.hpp"
#include "embedded/eventstore/log/stream_metadata.hpp"
#include "pipeline/text/utf8.hpp"

#include <simdjson.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace {

using namespace weir;
using namespace weir::embedded::eventstore;

void check(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: what must hold does not\n", where.file_name(), where.line());
  std::abort();
}

// Numbers of any size are JSON, but not to the parser: of a run of digits outside of texts it is shown the first, and the
// second behind a zero, which may be one too many.
std::string with_short_numbers(std::string_view json) {
  std::string out;
  bool in_text = false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    digits = !in_text && c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 2 || (digits == 2 && json[i - 1] != '0')) continue;
    out.push_back(c);
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\' && i + 1 < json.size()) out.push_back(json[++i]);
  }
  return out;
}

bool is_json_text(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(with_short_numbers(text)).error() == simdjson::SUCCESS;
}

void check_append(const HttpAppend& append) {
  check(!append.write.stream.empty() && text::is_utf8(append.write.stream));
  check(!is_unwritable_name(append.write.stream));
  check(!append.write.events.empty());
  std::size_t bytes = 0;
  for (const ProposedEvent& event : append.write.events) {
    check(!event.id.is_nil());
    check(!event.type.empty() && text::is_utf8(event.type));
    if (event.is_json) check(is_json_text(event.data));
    check(event.metadata.empty() || is_json_text(event.metadata));
    bytes += event.size();
  }
  check(bytes <= kMaxAppendBytes);
}

std::string take_line(std::string_view& bytes) {
  const std::string line(bytes.substr(0, bytes.find('\n')));
  bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
  return line;
}

void add(http::Headers& out, const char* name, std::string value) {
  if (!value.empty()) out.add(name, std::move(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr const char* kTypes[] = {"application/json", "application/octet-stream",
                                    "Application/vnd.eventstore.events+json ; charset=utf-8", "text/plain"};
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  http::Request request;
  request.method = "POST";
  request.path = kStreamsPath + take_line(bytes);
  request.headers.add("Content-Type", kTypes[data[0] % std::size(kTypes)]);
  add(request.headers, "ES-EventType", take_line(bytes));
  add(request.headers, "ES-EventId", take_line(bytes));
  add(request.headers, "ES-ExpectedVersion", take_line(bytes));
  request.body = bytes;
  const HttpAppend append = read_http_append(request);
  if (append.refusal) {
    check(append.refusal->status == 307 || (append.refusal->status >= 400 && !append.refusal->body.empty()));
  } else {
    check_append(append);
  }
  return 0;
}
