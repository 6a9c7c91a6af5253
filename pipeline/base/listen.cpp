#include "pipeline/base/listen.hpp"

namespace weir {

using boost::asio::ip::tcp;

namespace {

constexpr std::string_view kCannotListen = "cannot listen on ";

}  // namespace

Result<std::uint16_t> listen_on(tcp::acceptor& acceptor, const std::string& host, std::uint16_t port) {
  const std::string attempt = std::string(kCannotListen) + host + ":" + std::to_string(port);
  boost::system::error_code failure;
  tcp::resolver resolver(acceptor.get_executor());
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, failure);
  if (failure || found.empty()) {
    return Error(Errc::invalid_argument, attempt + ": '" + host + "' is no address of this machine");
  }
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(boost::asio::socket_base::max_listen_connections, failure);
  if (failure == boost::asio::error::address_in_use) {
    return Error(Errc::already_exists, attempt + ": another process uses that port; stop it, or choose another port");
  }
  if (failure) return Error(Errc::io, attempt + ": " + failure.message());
  return acceptor.local_endpoint().port();
}

bool is_listen_failure(const Error& error) {
  return error.message().starts_with(kCannotListen);
}

}  // namespace weir
