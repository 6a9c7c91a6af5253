#include "pipeline/admin/port.hpp"

#include "pipeline/base/listen.hpp"
#include "pipeline/base/on_executor.hpp"
#include "pipeline/base/with_timeout.hpp"
#include "pipeline/http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <thread>

namespace weir::admin {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr int kNextPorts = 20;  // tried before any free one is taken
constexpr Duration kPauseWithoutSockets = 100ms;
constexpr Duration kLastAnswers = 500ms;

}  // namespace

struct Port::Impl {
  explicit Impl(Options o)
      : options(std::move(o)), io(1), acceptor(io), tasks(io.get_executor()), stopper(io.get_executor()) {}

  Result<void> listen_at(std::uint16_t number) {
    const Result<std::uint16_t> listening = listen_on(acceptor, options.host, number);
    if (listening) {
      port = *listening;
      return {};
    }
    boost::system::error_code ignored;
    acceptor.close(ignored);
    return listening.error();
  }

  void serve(Program program) {
    Guard::Settings guard{options.host, options.names, options.token};
    const auto count = [this] {
      return web ? web->connections() : 0;
    };
    site.emplace(Site::Parts{.executor = io.get_executor(),
                             .clock = program.clock,
                             .metrics = program.metrics,
                             .actions = std::move(program.actions),
                             .identity = std::move(program.identity),
                             .version_json = std::move(program.version_json),
                             .guard = std::move(guard),
                             .connections = count});
    web.emplace(
        io.get_executor(), program.clock, [this](http::Request request) { return site->handle(std::move(request)); },
        Site::http_options());
    clock = &program.clock;
    tasks.spawn("accept", run_accept_loop());
    tasks.spawn("watch", site->run_watch_loop());
    thread = std::thread([this] { run(); });
  }

  void run() {
    const ThreadOf here(io);
    io.run();
  }

  Task<void> run_accept_loop() {
    for (;;) {
      boost::system::error_code failure;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, failure);
      tcp::socket socket = co_await acceptor.async_accept(token);
      if (failure) {
        // Most likely there are no file descriptors left; trying at once would only burn the processor.
        co_await clock->sleep_for(kPauseWithoutSockets);
        continue;
      }
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      web->serve(http::Socket(std::move(socket)));  // closes it where there are too many
    }
  }

  Task<void> run_stop() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    const TimePoint deadline = clock->now() + kLastAnswers;
    co_await web->stop(deadline);
    tasks.cancel();
    co_await tasks.join();
  }

  const Options options;
  boost::asio::io_context io;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  Clock* clock = nullptr;
  std::optional<Site> site;
  std::optional<http::Server> web;
  TaskGroup tasks;
  TaskGroup stopper;
  std::thread thread;
};

std::string Port::objection_to(const Options& options) {
  if (is_loopback(options.host) || !options.token.empty()) return {};
  return "the admin port would be open on '" + options.host +
         "' to whoever reaches this machine: give it a token (--admin-token-file FILE), or keep it on this machine "
         "(--admin 127.0.0.1:" +
         std::to_string(options.port) + ")";
}

Port::Port(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Port::~Port() {
  stop();
}

Result<void> Port::listen() {
  const Options& options = impl_->options;
  if (std::string objection = objection_to(options); !objection.empty())
    return Error(Errc::invalid_argument, std::move(objection));
  Result<void> listening = impl_->listen_at(options.port);
  if (!options.may_be_another) return listening;
  for (int i = 1; listening.has_error() && listening.error().code() == Errc::already_exists && i <= kNextPorts; ++i)
    listening = impl_->listen_at(static_cast<std::uint16_t>(options.port + i));
  if (listening.has_error() && listening.error().code() == Errc::already_exists) listening = impl_->listen_at(0);
  return listening;
}

std::uint16_t Port::number() const {
  return impl_->port;
}

std::string Port::address() const {
  const std::string& host = impl_->options.host;
  const bool bare = host.find(':') != std::string::npos && host.front() != '[';
  return (bare ? "[" + host + "]" : host) + ":" + std::to_string(impl_->port);
}

bool Port::is_another() const {
  return impl_->options.port != 0 && impl_->port != impl_->options.port;
}

void Port::start(Program program) {
  impl_->serve(std::move(program));
}

void Port::stop() {
  if (!impl_->thread.joinable()) return;
  boost::asio::post(impl_->io, [impl = impl_.get()] { impl->stopper.spawn("stop", impl->run_stop()); });
  impl_->thread.join();
  impl_->web.reset();
  impl_->site.reset();  // and with it what the program gave it
}

}  // namespace weir::admin
