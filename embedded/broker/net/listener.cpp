#include "embedded/broker/net/listener.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::embedded::broker::net {

using boost::asio::ip::tcp;

namespace {

constexpr auto kPauseWhenOutOfSockets = std::chrono::milliseconds(100);

}  // namespace

Result<void> Listener::listen(const std::string& host, std::uint16_t port) {
  const std::string where = host + ":" + std::to_string(port);
  boost::system::error_code failure;
  tcp::resolver resolver(acceptor_.get_executor());
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, failure);
  if (failure || found.empty()) {
    return Error(Errc::invalid_argument,
                 "cannot listen on " + where + ": '" + host + "' is no address of this machine");
  }
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(boost::asio::socket_base::max_listen_connections, failure);
  if (failure == boost::asio::error::address_in_use) {
    return Error(Errc::already_exists,
                 "cannot listen on " + where + ": another process uses that port; stop it, or choose another port");
  }
  if (failure) return Error(Errc::io, "cannot listen on " + where + ": " + failure.message());
  port_ = acceptor_.local_endpoint().port();
  return {};
}

Task<void> Listener::run(std::function<void(tcp::socket)> welcome) {
  while (acceptor_.is_open()) {
    boost::system::error_code failure;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
    tcp::socket socket = co_await acceptor_.async_accept(token);
    if (!acceptor_.is_open()) break;
    if (!failure) {
      welcome(std::move(socket));
      continue;
    }
    // Most likely there are no file descriptors left; trying at once would only burn the processor.
    boost::asio::steady_timer pause(acceptor_.get_executor(), kPauseWhenOutOfSockets);
    boost::system::error_code ignored;
    auto quietly = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
    co_await pause.async_wait(quietly);
  }
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace weir::embedded::broker::net
