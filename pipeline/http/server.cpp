#include "pipeline/http/server.hpp"

#include "pipeline/base/log.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace weir::http {

Server::Server(Executor executor, Clock& clock, Handler handler, Options options)
    : clock_(clock), handler_(std::move(handler)), options_(std::move(options)), ended_(executor), tasks_(executor) {}

bool Server::serve(Socket socket, std::string_view already_read) {
  if (stopping_ || connections_.size() >= options_.limits.connections) return false;
  connections_.emplace_back(std::move(socket), already_read, handler_, options_, clock_);
  tasks_.spawn("http connection", run_connection(std::prev(connections_.end())));
  return true;
}

Task<void> Server::run_connection(std::list<Connection>::iterator connection) {
  try {
    co_await connection->run();
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == boost::asio::error::operation_aborted) throw;  // cancelled
    log::error("an HTTP connection failed", {{"error", failure.what()}});
  } catch (const std::exception& failure) {
    log::error("an HTTP connection failed", {{"error", failure.what()}});
  }
  connections_.erase(connection);
  ended_.notify_all();
}

Task<void> Server::stop(TimePoint deadline) {
  stopping_ = true;
  for (Connection& connection : connections_) connection.drain();
  while (!connections_.empty() && clock_.now() < deadline) {
    const Duration left = deadline - clock_.now();
    co_await wait_or_timeout(ended_, clock_, left);
  }
  tasks_.cancel();
  co_await tasks_.join();
  connections_.clear();  // those that were cut off
}

}  // namespace weir::http
