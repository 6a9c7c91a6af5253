#include "embedded/eventstore/net/front_door.hpp"

#include "embedded/eventstore/net/connection_limit.hpp"
#include "embedded/eventstore/net/http.hpp"
#include "embedded/listen.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <optional>
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

}  // namespace

// Handlers hold plain pointers: they live in `io`, which dies with the rest.
struct FrontDoor::Impl {
  Impl(Options o, Handlers h)
      : options(std::move(o)),
        handlers(std::move(h)),
        io(1),
        acceptor(io),
        pause(io),
        connections(options.max_connections) {}

  struct Newcomer {
    Newcomer(tcp::socket s, boost::asio::io_context& io) : socket(std::move(s)), patience(io) {}
    tcp::socket socket;
    boost::asio::steady_timer patience;
  };

  void accept() {
    acceptor.async_accept([this](const boost::system::error_code& failure, tcp::socket socket) {
      if (stopping) return;
      if (failure) {
        // Most likely there are no file descriptors left; trying at once would only burn the processor.
        pause.expires_after(kPauseWhenOutOfSockets);
        pause.async_wait([this](const boost::system::error_code& cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      welcome(std::move(socket));
      accept();
    });
  }

  void welcome(tcp::socket socket) {
    if (newcomers >= options.max_newcomers) return;  // the socket closes
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    set_low_water_mark(socket,
                       static_cast<int>(kHttp2Preface.size()));  // wakes when all four bytes are there, or the end
    const auto newcomer = std::make_shared<Newcomer>(std::move(socket), io);
    ++newcomers;
    newcomer->patience.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(options.patience));
    newcomer->patience.async_wait([newcomer](const boost::system::error_code& cancelled) {
      boost::system::error_code unimportant;
      if (!cancelled) newcomer->socket.close(unimportant);
    });
    newcomer->socket.async_wait(tcp::socket::wait_read, [this, newcomer](const boost::system::error_code& failure) {
      newcomer->patience.cancel();
      --newcomers;
      if (!failure && newcomer->socket.is_open() && !stopping) recognise(*newcomer);
    });
  }

  void recognise(Newcomer& newcomer) {
    char first[kHttp2Preface.size()] = {};
    const ssize_t size = ::recv(newcomer.socket.native_handle(), first, sizeof first, MSG_PEEK | MSG_DONTWAIT);
    if (size <= 0) return;
    set_low_water_mark(newcomer.socket, 1);
    if (std::string_view(first, static_cast<std::size_t>(size)) == kHttp2Preface) return hand_over(newcomer.socket);
    ++newcomers;
    serve_http(std::move(newcomer.socket), options.patience, handlers.ready, [this] { --newcomers; });
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

  const Options options;
  const Handlers handlers;
  std::size_t newcomers = 0;  // outlives `io`, whose end closes connections
  boost::asio::io_context io;
  tcp::acceptor acceptor;
  boost::asio::steady_timer pause;
  ConnectionLimit connections;
  bool stopping = false;
  std::uint16_t port = 0;
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
  impl_->accept();
  impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
}

void FrontDoor::stop() {
  boost::asio::post(impl_->io, [impl = impl_.get()] {
    impl->stopping = true;
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    impl->io.stop();
  });
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace weir::embedded::eventstore
