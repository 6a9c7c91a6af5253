#include "embedded/broker/net/listener.hpp"

#include "pipeline/base/listen.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::embedded::broker::net {

using boost::asio::ip::tcp;

namespace {

constexpr auto kPauseWhenOutOfSockets = std::chrono::milliseconds(100);

}  // namespace

Result<void> Listener::listen(const std::string& host, std::uint16_t port) {
  const Result<std::uint16_t> listening = listen_on(acceptor_, host, port);
  if (!listening) return listening.error();
  port_ = *listening;
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
