// A server as it looks from far away: a relay on loopback that passes a connection on only after a while.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <thread>

namespace weir::connectors::eventstoredb {

namespace asio = boost::asio;

class FarAway final {
 public:
  FarAway(int target, std::chrono::milliseconds latency)
      : target_(static_cast<std::uint16_t>(target)), latency_(latency) {
    asio::co_spawn(io_, serve(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~FarAway() {
    io_.stop();
    thread_.join();
  }
  FarAway(const FarAway&) = delete;
  FarAway& operator=(const FarAway&) = delete;

  int port() const { return acceptor_.local_endpoint().port(); }

 private:
  using Socket = asio::ip::tcp::socket;
  struct Pair {
    Socket near;
    Socket far;
  };

  asio::awaitable<void> serve() {
    for (;;) {
      Socket near = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(io_, connect(std::move(near)), asio::detached);
    }
  }

  asio::awaitable<void> connect(Socket near) {
    asio::steady_timer travel(io_, latency_);
    co_await travel.async_wait(asio::use_awaitable);
    const auto pair = std::make_shared<Pair>(Pair{std::move(near), Socket(io_)});
    co_await pair->far.async_connect({asio::ip::address_v4::loopback(), target_}, asio::use_awaitable);
    asio::co_spawn(io_, pass(pair, pair->near, pair->far), asio::detached);
    co_await pass(pair, pair->far, pair->near);
  }

  // Ends, with both sockets, when one side has.
  static asio::awaitable<void> pass(std::shared_ptr<Pair> pair, Socket& from, Socket& to) {
    std::array<char, 4096> bytes;
    for (;;) {
      boost::system::error_code failure;
      auto token = asio::redirect_error(asio::use_awaitable, failure);
      const std::size_t size = co_await from.async_read_some(asio::buffer(bytes), token);
      if (!failure) co_await asio::async_write(to, asio::buffer(bytes, size), token);
      if (failure) break;
    }
    pair->near.close();
    pair->far.close();
  }

  std::uint16_t target_;
  std::chrono::milliseconds latency_;
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace weir::connectors::eventstoredb
