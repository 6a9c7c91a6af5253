#include "pipeline/admin/guard.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace weir::admin {

using http::Response;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

std::optional<boost::asio::ip::address> parse_address(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(std::string(host), failure);
  if (failure) return std::nullopt;
  return address;
}

// "name:7070", "[::1]:7070" without the port; nothing: it is no host.
std::optional<std::string_view> without_port(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string_view host = authority.substr(0, has_port ? colon : authority.size());
  const std::string_view port = has_port ? authority.substr(colon + 1) : std::string_view();
  const bool digits = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (host.empty() || !digits || port.size() > 5 || host.find_first_of("@/ \t") != std::string_view::npos)
    return std::nullopt;
  return host;
}

std::size_t count(const http::Headers& headers, std::string_view lower_name) {
  return static_cast<std::size_t>(std::ranges::count_if(
      headers.entries(), [&](const http::Headers::Entry& entry) { return lower(entry.first) == lower_name; }));
}

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

// Digests are of one length, so neither the time nor the early end of a comparison tells of the token.
bool is_same_secret(std::string_view a, std::string_view b) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> of_a{};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> of_b{};
  SHA256(reinterpret_cast<const unsigned char*>(a.data()), a.size(), of_a.data());
  SHA256(reinterpret_cast<const unsigned char*>(b.data()), b.size(), of_b.data());
  return CRYPTO_memcmp(of_a.data(), of_b.data(), of_a.size()) == 0;
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (lower(host) == "localhost") return true;
  const auto address = parse_address(host);
  return address && address->is_loopback();
}

Guard::Guard(Settings settings) : settings_(std::move(settings)), any_address_(!is_loopback(settings_.host)) {}

bool Guard::knows(std::string_view host) const {
  if (is_loopback(host)) return true;
  const std::string name = lower(host);
  if (name == lower(settings_.host)) return true;
  // An address cannot be pointed elsewhere as a name can.
  if (any_address_ && parse_address(host)) return true;
  return std::ranges::any_of(settings_.names, [&](const std::string& known) { return lower(known) == name; });
}

std::optional<Response> Guard::refuse(const http::Request& request) const {
  const auto authority = request.headers.find("Host");
  if (!authority || count(request.headers, "host") != 1)
    return Response::text(400, "A request names its host once, in the header Host.\n");
  const auto host = without_port(*authority);
  if (!host) return Response::text(400, "The header Host holds no host.\n");
  if (!knows(*host)) {
    return Response::text(421,
                          "This port does not answer to that host, lest a web page that has its name pointed here can "
                          "use it. Ask for localhost, or for the address itself, or start weir with --admin-host "
                          "NAME.\n");
  }
  if (is_safe(request.method)) return std::nullopt;
  const auto site = request.headers.find("Sec-Fetch-Site");
  const auto origin = request.headers.find("Origin");
  const bool other_site = site && *site != "same-origin" && *site != "none";
  const bool other_origin =
      origin && lower(*origin) != "http://" + lower(*authority) && lower(*origin) != "https://" + lower(*authority);
  if (other_site || other_origin || count(request.headers, "origin") > 1 ||
      count(request.headers, "sec-fetch-site") > 1)
    return Response::text(403, "A web page of another origin may not change anything here.\n");
  return std::nullopt;
}

bool Guard::is_trusted(const http::Request& request) const {
  if (settings_.token.empty()) return true;
  constexpr std::string_view kScheme = "bearer ";
  const auto given = request.headers.find("Authorization");
  if (!given || count(request.headers, "authorization") != 1) return false;
  if (given->size() <= kScheme.size() || lower(given->substr(0, kScheme.size())) != kScheme) return false;
  return is_same_secret(given->substr(kScheme.size()), settings_.token);
}

Response Guard::unauthorised() {
  Response out = Response::text(401,
                                "This port wants a token: Authorization: Bearer TOKEN, the text of the file that weir "
                                "was started with (--admin-token-file).\n");
  out.headers.add("WWW-Authenticate", "Bearer");
  return out;
}

}  // namespace weir::admin
