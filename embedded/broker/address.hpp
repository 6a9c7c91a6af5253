// Where clients are told to dial, and how their own addresses are written.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::embedded::broker {

struct Dialled {
  std::string host;  // an IPv6 address stands without brackets
  std::int32_t port = 0;
};

// "host", "host:port", "::1", "[::1]", "[::1]:9092".
Dialled read_advertised(std::string_view text, std::int32_t default_port);

// An IPv4 address that came through an IPv6 socket is written as what it is.
std::string text_of(const boost::asio::ip::address& address);

}  // namespace weir::embedded::broker
