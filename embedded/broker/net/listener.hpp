// Listener: the broker's port.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>

namespace weir::embedded::broker::net {

// Lifetime: listen(), then run() until close(). Executor: the broker's thread. Cancellation: close(). Errors: listen()
// names address and reason; when the process is out of descriptors, accepting pauses.
class Listener {
 public:
  explicit Listener(const Executor& executor) : acceptor_(executor) {}

  Result<void> listen(const std::string& host, std::uint16_t port);
  Task<void> run(std::function<void(boost::asio::ip::tcp::socket)> welcome);
  void close();
  std::uint16_t port() const { return port_; }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
};

}  // namespace weir::embedded::broker::net
