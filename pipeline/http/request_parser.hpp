// Bytes → requests, without any I/O: what a connection feeds, and what a fuzzer can.
#pragma once

#include "pipeline/http/message.hpp"
#include "pipeline/http/options.hpp"

#include <memory>
#include <string_view>

namespace weir::http {

// Takes requests off a stream of bytes, one after the other, and refuses what is none or is too much. Whatever comes,
// it keeps no more than a head, a body and what was added last.
//
// Lifetime: that of a connection; outlived by the options. Executor: one. Cancellation: none. Errors: a refusal, which
// is the answer to send; nothing can be read from the stream behind it.
class RequestParser {
 public:
  explicit RequestParser(const Options& options);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  void add(std::string_view bytes);

  enum class State {
    empty,    // nothing of the next request is here
    partial,  // some of it
    whole,    // take() it
    refused,  // send refusal(), read nothing more
  };
  State parse();

  // True once for a request whose client waits for "100 Continue" before it sends the body. After parse() == partial.
  bool wants_continue();
  // After parse() == whole: the request; the next one begins behind it.
  Request take();

  // Ends the stream from outside: too slow, cut off.
  void refuse(int status, std::string_view why);
  const Response& refusal() const;
  // Does the request that is being read, or was refused, want no body in its answer?
  bool is_head() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::http
