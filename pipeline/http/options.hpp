// What an HTTP server lets its peers do.
#pragma once

#include "pipeline/base/clock.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weir::http {

struct Limits {
  std::size_t head_bytes = 8192;                  // request line and headers; over it: 431
  std::size_t headers = 100;                      // of one request; over it: 431
  std::size_t target_bytes = 4096;                // 414
  std::size_t body_bytes = std::size_t{1} << 20;  // 413
  std::size_t connections = 256;                  // more are closed at once
  std::size_t requests = 10'000;                  // of one connection
  Duration arrival = std::chrono::seconds(10);    // of one request, from its first byte to its last: 408
  Duration handling = std::chrono::seconds(30);   // by the handler: 503
  Duration sending = std::chrono::seconds(10);    // of one answer
  Duration idle = std::chrono::seconds(60);       // between requests, and before the first
  Duration goodbye = std::chrono::seconds(2);     // for the peer to close, too, once it was told that this is the end
};

struct Options {
  Limits limits;
  std::string about = "This port speaks HTTP/1.1.";            // told to whoever sends something else
  std::vector<std::pair<std::string, std::string>> headers{};  // of every answer, refusals too
};

}  // namespace weir::http
