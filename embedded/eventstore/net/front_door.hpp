// The store's one port: accepts connections and sends each to where it belongs, gRPC or HTTP/1.1.
#pragma once

#include "embedded/eventstore/net/connection_limit.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/http/handler.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace weir::embedded::eventstore {

// Looks at the first four bytes of a connection: HTTP/2 begins with "PRI ", everything else is answered as HTTP/1.1. A
// peer that sends nothing, or too slowly, is closed after a while and holds nobody up meanwhile.
//
// Lifetime: listen(), start(), stop(). Executor: one thread of its own, which calls the functions; start() and stop()
// from one thread. Cancellation: stop() closes what was not handed over. Errors: listen() fails when the address is
// taken or is none.
class FrontDoor {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 2113;  // 0: any free one
    Connections connections;
    std::chrono::nanoseconds patience = std::chrono::seconds(10);
  };
  struct Handlers {
    std::function<bool()> ready;                          // is the store serving?
    std::function<void(int socket, int listener)> http2;  // takes over the socket
    http::Handler append;                                 // answers POST /streams/NAME
  };

  FrontDoor(Options options, Handlers handlers);
  ~FrontDoor();
  FrontDoor(const FrontDoor&) = delete;
  FrontDoor& operator=(const FrontDoor&) = delete;

  Result<void> listen();
  std::uint16_t port() const;
  void start();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::embedded::eventstore
