// Any bytes on an HTTP connection: requests within the limits, or a refusal; and the same ones however they are cut.
//
// The first byte is the size of the pieces.
#include "pipeline/http/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace {

using namespace weir::http;

void check(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: what must hold does not\n", where.file_name(), where.line());
  std::abort();
}

Options small_limits() {
  Options out;
  out.limits.head_bytes = 256;
  out.limits.target_bytes = 64;
  out.limits.body_bytes = 64;
  return out;
}

const Options kOptions = small_limits();

void check_request(const Request& request) {
  check(!request.method.empty());
  check(request.path == "*" || request.path.starts_with('/'));
  check(request.target.size() <= kOptions.limits.target_bytes);
  check(request.body.size() <= kOptions.limits.body_bytes);
  std::size_t size = 0;
  for (const auto& [name, value] : request.headers.entries()) {
    check(!name.empty());
    check(value.find_first_of("\r\n") == std::string::npos);
    size += name.size() + value.size();
  }
  check(size <= kOptions.limits.head_bytes);
}

std::vector<std::string> parse(std::string_view bytes, std::size_t piece) {
  RequestParser parser(kOptions);
  std::vector<std::string> out;
  while (true) {
    const RequestParser::State state = parser.parse();
    if (state == RequestParser::State::whole) {
      const Request request = parser.take();
      check_request(request);
      out.push_back(request.method + " " + request.target + " " + request.body);
      continue;
    }
    if (state == RequestParser::State::refused) {
      check(parser.refusal().status >= 400 && !parser.refusal().body.empty());
      return out;
    }
    if (bytes.empty()) return out;
    parser.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> whole = parse(bytes, bytes.size() + 1);
  const std::vector<std::string> cut = parse(bytes, std::size_t{data[0]} + 1);
  check(whole == cut);
  return 0;
}
