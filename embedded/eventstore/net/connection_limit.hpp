// Counts the connections that were handed to gRPC, which does not say when it closes one.
#pragma once

#include "pipeline/base/result.hpp"

#include <cstddef>
#include <unordered_set>

namespace weir::embedded::eventstore {

// How many of each the front door takes: HTTP/2 connections, and those that are not known yet or HTTP/1.1. One of these
// may bring a body of 2 MiB: all of them together, 512 MiB.
struct Connections {
  std::size_t http2 = 1000;
  std::size_t newcomers = 256;
};
// As many of the wanted as leave files enough for the database, where the process may open that many: a store that
// cannot open its next log file takes no more writes.
Connections connections_within(std::size_t open_files, Connections wanted);

// Watches duplicates of the sockets for the end of the connection, with an epoll set that asks for nothing else, so
// that traffic costs nothing.
//
// Lifetime: closes its duplicates when destroyed; the connections themselves are not touched. Executor: one thread.
// Cancellation: none. Errors: a socket that cannot be watched is not counted.
class ConnectionLimit {
 public:
  explicit ConnectionLimit(std::size_t limit);
  ~ConnectionLimit();
  ConnectionLimit(const ConnectionLimit&) = delete;
  ConnectionLimit& operator=(const ConnectionLimit&) = delete;

  // Is there room for one more? Forgets connections that have ended.
  bool has_room();
  void add(int socket);
  std::size_t size() const { return watched_.size(); }

 private:
  void forget_ended();

  std::size_t limit_;
  int epoll_;
  std::unordered_set<int> watched_;
};

}  // namespace weir::embedded::eventstore
