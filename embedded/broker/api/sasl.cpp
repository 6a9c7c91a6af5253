// SASL (KIP-152): PLAIN, inside SaslAuthenticate.
#include "embedded/broker/api/handlers.hpp"
#include "pipeline/log.hpp"

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

}  // namespace

void sasl_handshake(Call& call, const wire::SaslHandshakeRequest& request, Reply<wire::SaslHandshakeResponse> reply) {
  wire::SaslHandshakeResponse response;
  response.mechanisms.emplace_back(kPlain);
  // After a handshake of version 0 the tokens come without a header: clients that do so are older than 2018.
  const bool old = call.context.version == 0;
  if (call.session.authenticated) {
    response.error_code = wire::ErrorCode::illegal_sasl_state;
  } else if (request.mechanism != kPlain || old) {
    response.error_code = wire::ErrorCode::unsupported_sasl_mechanism;
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
  const std::optional<PlainToken> token = parse_plain(request.auth_bytes);
  if (token && is_known(call.node, *token)) {
    session.authenticated = true;
    session.principal = token->user;
    return reply(std::move(response));
  }
  response.error_code = wire::ErrorCode::sasl_authentication_failed;
  response.error_message = "Authentication failed: invalid username or password";
  log::warn("a client of the embedded broker failed to authenticate", {{"peer", session.client_host}});
  reply(std::move(response));
  call.close = true;
}

}  // namespace weir::embedded::broker::api
