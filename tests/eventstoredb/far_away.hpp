// A server as it looks from far away: connections reach it only after a while.
#pragma once

#include "toy_server.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace weir::connectors::eventstoredb {

class FarAway final {
 public:
  FarAway(ToyServer& server, std::chrono::milliseconds latency) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, &server, latency] {
      for (int socket; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        std::this_thread::sleep_for(latency);  // lint: allow sleep, because gRPC counts in real time
        server.hand_over(socket, listener_);
      }
    });
  }
  ~FarAway() {
    ::shutdown(listener_, SHUT_RD);  // ends the accept
    thread_.join();
    ::close(listener_);
  }
  FarAway(const FarAway&) = delete;
  FarAway& operator=(const FarAway&) = delete;

  int port() const { return port_; }

 private:
  int listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace weir::connectors::eventstoredb
