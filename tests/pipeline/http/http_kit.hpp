// What the tests of HTTP share: a server in virtual time, and clients at the other end of socket pairs.
#pragma once

#include "pipeline/http/server.hpp"
#include "pipeline/testing/fixture.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/socket.h>
#include <unistd.h>

namespace weir::http::testing {

// One connection as its client sees it. Never blocks.
class Client {
 public:
  explicit Client(boost::asio::io_context& io) : near_(io), far_(io) {
    boost::asio::local::connect_pair(near_, far_);
    near_.non_blocking(true);
  }

  Socket take_far_end() { return Socket(std::move(far_)); }
  void send(std::string_view bytes) {
    EXPECT_EQ(::send(near_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT),
              static_cast<ssize_t>(bytes.size()));
  }
  // What has arrived since the last call.
  std::string receive() {
    std::string out;
    char buffer[65536];
    ssize_t size = 0;
    while ((size = ::recv(near_.native_handle(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
      out.append(buffer, static_cast<std::size_t>(size));
    ended_ = ended_ || size == 0;
    return out;
  }
  // Has the server closed its side? After receive().
  bool ended() const { return ended_; }
  void send_end() { ::shutdown(near_.native_handle(), SHUT_WR); }
  void close() { near_.close(); }

 private:
  boost::asio::local::stream_protocol::socket near_;
  boost::asio::local::stream_protocol::socket far_;
  bool ended_ = false;
};

class ServerTest : public weir::testing::VirtualTimeTest {
 protected:
  // Before the first client.
  Options options;

  void start(Handler handler) { server_ = std::make_unique<Server>(executor(), clock(), std::move(handler), options); }

  Client& dial(std::string_view already_read = {}) {
    clients_.push_back(std::make_unique<Client>(io_));
    accepted_ = server_->serve(clients_.back()->take_far_end(), already_read);
    run_until_idle();
    return *clients_.back();
  }
  // Sends, and gives what comes back without time going by.
  std::string talk(Client& client, std::string_view bytes) {
    client.send(bytes);
    run_until_idle();
    return client.receive();
  }
  std::string talk(std::string_view bytes) { return talk(dial(), bytes); }
  void stop_now() {
    if (server_ != nullptr) run(server_->stop(clock().now()));
  }

  void TearDown() override {
    stop_now();
    clients_.clear();
    VirtualTimeTest::TearDown();
  }

  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Client>> clients_;
  bool accepted_ = false;  // the last one
};

inline std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

// The number of the first answer; empty: none.
inline std::string status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::string(answer.substr(9, 3)) : std::string();
}
// What follows the first head.
inline std::string body_of(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

}  // namespace weir::http::testing
