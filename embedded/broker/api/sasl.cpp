// SASL PLAIN: inside SaslAuthenticate (KIP-152), or as a frame of its own, as clients before that do (kafka-python 2).
#include "embedded/broker/api/handlers.hpp"
#include "pipeline/base/log.hpp"

#include <openssl/crypto.h>

namespace weir::embedded::broker::api {

namespace {

constexpr std::string_view kPlain = "PLAIN";

struct PlainToken {
  std::string_view authorization;  // whom to act as; empty: oneself
  std::string_view user;
  std::string_view password;
};

// RFC 4616: authzid NUL user NUL password.
std::optional<PlainToken> parse_plain(std::string_view token) {
  const std::size_t first = token.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('\0', first + 1);
  if (second == std::string_view::npos || token.find('\0', second + 1) != std::string_view::npos) return std::nullopt;
  return PlainToken{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

// In a time that does not tell how much of the password is right.
bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_known(const Node& node, const PlainToken& token) {
  const auto found = node.users.find(std::string(token.user));
  const bool right = found != node.users.end() && equal_secrets(found->second, token.password);
  return right && (token.authorization.empty() || token.authorization == token.user);
}

bool authenticate(const Node& node, Session& session, std::string_view token) {
  const std::optional<PlainToken> plain = parse_plain(token);
  if (plain && is_known(node, *plain)) {
    session.authenticated = true;
    session.principal = plain->user;
    return true;
  }
  log::warn("a client of the embedded broker failed to authenticate", {{"peer", session.client_host}});
  return false;
}

}  // namespace

void sasl_handshake(Call& call, const wire::SaslHandshakeRequest& request, Reply<wire::SaslHandshakeResponse> reply) {
  wire::SaslHandshakeResponse response;
  response.mechanisms.emplace_back(kPlain);
  if (call.session.authenticated) {
    response.error_code = wire::ErrorCode::illegal_sasl_state;
  } else if (request.mechanism != kPlain) {
    response.error_code = wire::ErrorCode::unsupported_sasl_mechanism;
  } else if (call.context.version == 0) {
    call.session.raw_token = true;
  } else {
    call.session.handshaken = true;
  }
  reply(std::move(response));
}

void sasl_authenticate(Call& call, const wire::SaslAuthenticateRequest& request,
                       Reply<wire::SaslAuthenticateResponse> reply) {
  wire::SaslAuthenticateResponse response;
  Session& session = call.session;
  if (session.authenticated || !session.handshaken) {
    response.error_code = wire::ErrorCode::illegal_sasl_state;
    response.error_message = "SaslAuthenticate comes after SaslHandshake, once";
    return reply(std::move(response));
  }
  session.handshaken = false;
  if (authenticate(call.node, session, request.auth_bytes)) return reply(std::move(response));
  response.error_code = wire::ErrorCode::sasl_authentication_failed;
  response.error_message = "Authentication failed: invalid username or password";
  reply(std::move(response));
  call.close = true;
}

bool take_raw_token(Node& node, Session& session, std::string_view token, net::ResponseSlot& slot) {
  session.raw_token = false;
  if (!authenticate(node, session, token)) return false;
  slot.answer(wire::Writer().finish());
  return true;
}

}  // namespace weir::embedded::broker::api
