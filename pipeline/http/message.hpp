// What is asked and what is answered over HTTP, once it has been taken off the wire.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

// Names and values in the order in which they came; names are compared without regard to case, and may repeat.
class Headers {
 public:
  using Entry = std::pair<std::string, std::string>;

  void add(std::string name, std::string value) { entries_.emplace_back(std::move(name), std::move(value)); }
  // The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

struct Request {
  std::string method;  // "GET"; whatever token the client sent
  std::string target;  // as it came
  std::string path;    // of the target; begins with a slash, or is "*"; not decoded
  std::string query;   // behind the question mark; not decoded
  Headers headers;     // of the head; those behind a chunked body are dropped
  std::string body;
  bool keep_alive = true;  // may another request follow?
  bool http_1_0 = false;
};

struct Response {
  int status = 200;
  std::string reason;        // behind the number; empty: the usual words
  std::string content_type;  // empty: none is told
  Headers headers;           // beside those that frame the answer, which the connection writes
  std::string body;          // whole: an answer that is still being made while it is sent has no form yet

  static Response text(int status, std::string body);

  bool may_have_body() const { return status >= 200 && status != 204 && status != 304; }
};

// The head of an answer as it goes over the wire. A length is told also where the body is left out (HEAD). `always`:
// headers of every answer of the server.
enum class AfterAnswer { close, keep_alive, keep_alive_1_0 };
std::string head_of(const Response& response, AfterAnswer after, const std::vector<Headers::Entry>& always = {});

// "Not Found"; something for every number.
std::string_view reason_of(int status);

}  // namespace weir::http
