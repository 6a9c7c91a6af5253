// Guard: who may ask what on the admin port.
#pragma once

#include "pipeline/http/message.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::admin {

// "127.0.0.1", "::1" in brackets or not, "localhost".
bool is_loopback(std::string_view host);

// A port that pauses pipelines is within reach of every page that a browser on this machine shows, so:
// - a request names a host that is ours. A page whose name was pointed at this address (DNS rebinding) names its own;
// - what changes something comes from no page of another origin. Programs send neither Origin nor Sec-Fetch-Site;
// - with a token, every request but for plain health has it. There are no cookies that a browser would add by itself.
//
// Lifetime, Executor: any; immutable. Cancellation: none. Errors: the answer to send instead.
class Guard {
 public:
  struct Settings {
    std::string host = "127.0.0.1";    // what was bound
    std::vector<std::string> names{};  // by which we are called besides
    std::string token{};               // empty: none is wanted
  };
  explicit Guard(Settings settings);

  // Why a request is turned away before anybody looks at what it wants; nothing: it may go on.
  std::optional<http::Response> refuse(const http::Request& request) const;
  // Whether it may see what only those may who have the token, where there is one.
  bool is_trusted(const http::Request& request) const;
  // The answer to who is not.
  static http::Response unauthorised();

 private:
  bool knows(std::string_view host) const;

  const Settings settings_;
  const bool any_address_;  // other machines reach us, under addresses of ours that are not known here
};

}  // namespace weir::admin
