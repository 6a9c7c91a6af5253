#include "pipeline/http/message.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

namespace weir::http {

namespace {

// A line end in a value would begin a header, or an answer, of its own.
void append_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) out.push_back(c);
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  append_value(out, name);
  out += ": ";
  append_value(out, value);
  out += "\r\n";
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (boost::beast::iequals(entry.first, name)) return entry.second;
  }
  return std::nullopt;
}

Response Response::text(int status, std::string body) {
  Response out;
  out.status = status;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(body);
  return out;
}

std::string head_of(const Response& response, AfterAnswer after, const std::vector<Headers::Entry>& always) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  append_value(out, response.reason.empty() ? reason_of(response.status) : std::string_view(response.reason));
  out += "\r\n";
  if (after == AfterAnswer::close) append_header(out, "Connection", "close");
  if (after == AfterAnswer::keep_alive_1_0) append_header(out, "Connection", "keep-alive");
  // What is answered here is true now, and maybe never again.
  if (!response.headers.find("Cache-Control")) append_header(out, "Cache-Control", "no-store");
  for (const auto& [name, value] : always) append_header(out, name, value);
  for (const auto& [name, value] : response.headers.entries()) append_header(out, name, value);
  if (response.may_have_body()) {
    if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
    append_header(out, "Content-Length", std::to_string(response.body.size()));
  }
  out += "\r\n";
  return out;
}

std::string_view reason_of(int status) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  return {reason.data(), reason.size()};
}

}  // namespace weir::http
