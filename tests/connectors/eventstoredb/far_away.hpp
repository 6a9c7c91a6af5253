// A server as it looks from far away: connections reach it only after a while.
#pragma once

#include "tests/connectors/eventstoredb/toy_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/socket.h>
#include <thread>

namespace weir::connectors::eventstoredb {

class FarAway final {
 public:
  FarAway(ToyServer& server, std::chrono::milliseconds latency)
      : thread_([this, &server, latency] {
          for (boost::system::error_code ended;;) {
            tcp::socket connection = listener_.accept(ended);
            if (ended) return;
            connection.native_non_blocking(true);
            std::this_thread::sleep_for(latency);  // lint: allow sleep, because gRPC counts in real time
            server.hand_over(connection.release(), listener_.native_handle());
          }
        }) {}
  ~FarAway() {
    ::shutdown(listener_.native_handle(), SHUT_RD);  // ends the accept
    thread_.join();
  }
  FarAway(const FarAway&) = delete;
  FarAway& operator=(const FarAway&) = delete;

  int port() const { return listener_.local_endpoint().port(); }

 private:
  using tcp = boost::asio::ip::tcp;

  boost::asio::io_context io_{1};
  tcp::acceptor listener_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace weir::connectors::eventstoredb
