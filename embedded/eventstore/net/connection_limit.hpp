// Counts the connections that were handed to gRPC, which does not say when it closes one.
#pragma once

#include "pipeline/base/result.hpp"

#include <cstddef>
#include <unordered_set>

namespace weir::embedded::eventstore {

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
