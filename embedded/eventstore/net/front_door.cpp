#include "embedded/eventstore/net/front_door.hpp"

#include "embedded/eventstore/net/http.hpp"
#include "pipeline/base/listen.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/http/server.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <sys/socket.h>
#include <thread>

namespace weir::embedded::eventstore {

using boost::asio::ip::tcp;

namespace {

constexpr std::string_view kHttp2Preface = "PRI ";
constexpr auto kPauseWhenOutOfSockets = std::chrono::milliseconds(100);

void set_low_water_mark(tcp::socket& socket, int bytes) {
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

Task<Result<void>> wait_for_bytes(tcp::socket& socket) {
  boost::system::error_code failure;
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
  co_await socket.async_wait(tcp::socket::wait_read, token);
  if (failure) co_return Error(Errc::unavailable, failure.message());
  co_return Result<void>();
}

}  // namespace

struct FrontDoor::Impl {
  Impl(Options o, Handlers h)
      : options(std::move(o)),
        handlers(std::move(h)),
        io(1),
        acceptor(io),
        connections(options.connections.http2),
        routes(make_http_routes(handlers.ready, handlers.append)),
        web(
            io.get_executor(), clock, [this](http::Request request) { return routes.handle(std::move(request)); },
            http_options(options.patience, options.connections.newcomers)),
        tasks(io.get_executor()),
        stopper(io.get_executor()) {}

  Task<void> run_accept_loop() {
    while (true) {
      boost::system::error_code failure;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
      tcp::socket socket = co_await acceptor.async_accept(token);
      if (failure) {
        // Most likely there are no file descriptors left; trying at once would only burn the processor.
        co_await clock.sleep_for(kPauseWhenOutOfSockets);
      } else if (newcomers + web.connections() < options.connections.newcomers) {
        ++newcomers;
        tasks.spawn("newcomer", run_newcomer(std::move(socket)));
      }
    }
  }

  // What goes wrong with one of them must not end the others, or the listening.
  Task<void> run_newcomer(tcp::socket socket) {
    try {
      co_await welcome(std::move(socket));
    } catch (const boost::system::system_error& failure) {
      if (failure.code() == boost::asio::error::operation_aborted) throw;  // cancelled
      log::error("a new connection failed", {{"error", failure.what()}});
    } catch (const std::exception& failure) {
      log::error("a new connection failed", {{"error", failure.what()}});
    }
    --newcomers;
  }

  Task<void> welcome(tcp::socket socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    // Wakes when all four bytes are there, or the end.
    set_low_water_mark(socket, static_cast<int>(kHttp2Preface.size()));
    Task<Result<void>> waiting = wait_for_bytes(socket);
    Error silent(Errc::unknown_outcome, "the peer says nothing");
    const Result<void> spoken = co_await with_timeout(clock, options.patience, std::move(waiting), std::move(silent));
    if (spoken) recognise(socket);
  }

  void recognise(tcp::socket& socket) {
    char first[kHttp2Preface.size()] = {};
    const ssize_t size = ::recv(socket.native_handle(), first, sizeof first, MSG_PEEK | MSG_DONTWAIT);
    if (size <= 0) return;
    set_low_water_mark(socket, 1);
    if (std::string_view(first, static_cast<std::size_t>(size)) == kHttp2Preface) return hand_over(socket);
    web.serve(http::Socket(std::move(socket)));
  }

  void hand_over(tcp::socket& socket) {
    if (!handlers.ready() || !connections.has_room()) return;
    boost::system::error_code failure;
    socket.native_non_blocking(true, failure);
    if (failure) return;
    connections.add(socket.native_handle());
    const int released = socket.release(failure);
    if (!failure) handlers.http2(released, acceptor.native_handle());
  }

  // Cuts off whoever is not gRPC's; then nothing keeps `io` running.
  Task<void> run_stop() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    tasks.cancel();
    co_await tasks.join();
    const TimePoint now = clock.now();
    co_await web.stop(now);
  }

  const Options options;
  const Handlers handlers;
  SystemClock clock;
  boost::asio::io_context io;
  tcp::acceptor acceptor;
  ConnectionLimit connections;
  const http::Router routes;
  http::Server web;
  std::size_t newcomers = 0;  // not yet known
  std::uint16_t port = 0;
  TaskGroup tasks;
  TaskGroup stopper;
  std::thread thread;
};

FrontDoor::FrontDoor(Options options, Handlers handlers)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handlers))) {}

FrontDoor::~FrontDoor() {
  stop();
}

std::uint16_t FrontDoor::port() const {
  return impl_->port;
}

Result<void> FrontDoor::listen() {
  const Result<std::uint16_t> listening = listen_on(impl_->acceptor, impl_->options.host, impl_->options.port);
  if (!listening) return listening.error();
  impl_->port = *listening;
  return {};
}

void FrontDoor::start() {
  impl_->tasks.spawn("accept", impl_->run_accept_loop());
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

void FrontDoor::stop() {
  if (!impl_->thread.joinable()) return;
  boost::asio::post(impl_->io, [impl = impl_.get()] { impl->stopper.spawn("stop", impl->run_stop()); });
  impl_->thread.join();
}

}  // namespace weir::embedded::eventstore
