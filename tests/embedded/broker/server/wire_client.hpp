// WireClient: a blocking client that speaks raw frames over a real socket, well or badly.
#pragma once

#include "embedded/broker/wire/messages.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace weir::embedded::broker {

class WireClient {
 public:
  explicit WireClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    // A broker that never answers fails the test instead of hanging it.
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  WireClient(WireClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), connected_(other.connected_) {}
  ~WireClient() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool connected() const { return connected_; }
  int descriptor() const { return socket_; }

  bool send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  template <class Request>
  bool send(const Request& request, std::int16_t version) {
    wire::Writer out;
    out.i16(static_cast<std::int16_t>(Request::kKey));
    out.i16(version);
    out.i32(++sent_);
    out.nullable_string(false, "wire-client");
    if (is_flexible<Request>(version)) out.unsigned_varint(0);
    write(out, version, request);
    return send_raw(std::move(out).finish().chunks.front().bytes);
  }

  // The next answer; nothing when the connection ended.
  template <class Response>
  std::optional<Response> receive(std::int16_t version) {
    const std::optional<std::string> head = take(4);
    if (!head) return std::nullopt;
    wire::Reader size{*head};
    const std::optional<std::string> body = take(static_cast<std::size_t>(size.i32()));
    if (!body) return std::nullopt;
    wire::Reader in(*body);
    EXPECT_EQ(in.i32(), ++received_);
    const bool flexible = is_flexible<Response>(version) && Response::kKey != wire::ApiKey::api_versions;
    if (flexible) in.skip_tags();
    Response response;
    read(in, version, response);
    EXPECT_TRUE(in.ok());
    return response;
  }

  template <class Response, class Request>
  std::optional<Response> call(const Request& request, std::int16_t version) {
    if (!send(request, version)) return std::nullopt;
    return receive<Response>(version);
  }

  // True when the broker ends the connection within the patience.
  bool ended() {
    char byte = 0;
    return ::recv(socket_, &byte, 1, 0) == 0 || errno == ECONNRESET;
  }

 private:
  template <class Message>
  static bool is_flexible(std::int16_t version) {
    for (const wire::Api& api : wire::kApis) {
      if (api.key == Message::kKey) return version >= api.flexible;
    }
    return false;
  }

  std::optional<std::string> take(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::recv(socket_, bytes.data() + have, size - have, 0);
      if (got <= 0) return std::nullopt;
      have += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  int socket_;
  bool connected_ = false;
  std::int32_t sent_ = 0;
  std::int32_t received_ = 0;
};

}  // namespace weir::embedded::broker
