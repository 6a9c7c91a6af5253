#include "embedded/broker/address.hpp"

#include <charconv>

namespace weir::embedded::broker {

Dialled read_advertised(std::string_view text, std::int32_t default_port) {
  Dialled dialled{std::string(text), default_port};
  const std::size_t colon = text.rfind(':');
  // The colons of an IPv6 address stand before its bracket, or there is no port.
  const bool literal_only = text.starts_with('[') ? text.ends_with(']') : text.find(':') != colon;
  if (colon != std::string_view::npos && !literal_only) {
    const std::string_view digits = text.substr(colon + 1);
    std::int32_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure == std::errc() && end == digits.data() + digits.size()) {
      dialled.host = text.substr(0, colon);
      dialled.port = port;
    }
  }
  if (dialled.host.starts_with('[') && dialled.host.ends_with(']')) {
    dialled.host = dialled.host.substr(1, dialled.host.size() - 2);
  }
  return dialled;
}

std::string text_of(const boost::asio::ip::address& address) {
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  if (!mapped) return address.to_string();
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
}

}  // namespace weir::embedded::broker
