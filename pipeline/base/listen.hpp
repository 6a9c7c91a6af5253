// How a server in this process takes its port.
#pragma once

#include "pipeline/base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace weir {

// Opens the acceptor, binds it and listens; gives the port, which was chosen where 0 was asked for. Errors name address
// and reason: invalid_argument, already_exists for a port that is taken, io.
Result<std::uint16_t> listen_on(boost::asio::ip::tcp::acceptor& acceptor, const std::string& host, std::uint16_t port);

// True for the errors of listen_on, also through the start() of a server: another port may help.
bool is_listen_failure(const Error& error);

}  // namespace weir
