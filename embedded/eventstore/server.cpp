#include "embedded/eventstore/server.hpp"

#include "embedded/descriptor_limit.hpp"
#include "embedded/eventstore/calls/http_append.hpp"
#include "embedded/eventstore/calls/services.hpp"
#include "embedded/eventstore/net/front_door.hpp"
#include "pipeline/base/log.hpp"
#include "proto/grpc_lifetime.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

namespace weir::embedded::eventstore {

namespace {

constexpr int kMaxMessageBytes = (16 << 20) - 10'000;
constexpr std::size_t kReadThreads = 2;
constexpr std::size_t kTransportBytes = std::size_t{256} << 20;
constexpr int kKeepaliveMs = 10'000;
constexpr int kHandshakeMs = 10'000;
constexpr int kMaxCallsPerConnection = 1024;
constexpr std::int64_t kStopMs = 3000;

// A wildcard address is none that a client could dial.
bool is_wildcard(const std::string& host) {
  return host == "0.0.0.0" || host == "::" || host == "*" || host.empty();
}

Connections make_room_for_connections() {
  const Connections wanted;
  const std::size_t open_files = raise_descriptor_limit();
  const Connections possible = connections_within(open_files, wanted);
  if (possible.http2 < wanted.http2) {
    log::warn("the event store takes fewer connections than it could: too few files may be open (ulimit -n)",
              {{"connections", possible.http2}, {"instead_of", wanted.http2}, {"open_files", open_files}});
  }
  return possible;
}

}  // namespace

struct Server::Impl {
  explicit Impl(Options o)
      : options(std::move(o)),
        clock(options.clock != nullptr ? *options.clock : system_clock),
        disk(kReadThreads),
        timers_work(timers.get_executor()),
        gossip(clock, !options.advertised_host.empty() ? options.advertised_host
                      : is_wildcard(options.host)      ? ""
                                                       : options.host),
        door({.host = options.host, .port = options.port, .connections = make_room_for_connections()},
             {.ready = [this] { return ready.load() && !store->sequencer().failed(); },
              .http2 = [this](int socket, int listener) { hand_over(socket, listener); },
              .append =
                  [this](http::Request request) {
                    return append_over_http(*store, std::move(request));
                  }}) {}

  Result<void> start() {
    Result<void> listening = door.listen();
    if (!listening) return listening;
    gossip.set_port(door.port());
    door.start();  // from here on /health/live says "not yet" instead of refusing the connection
    Result<std::unique_ptr<Store>> opened = Store::open({options.data_dir, options.sync}, clock);
    if (!opened) return opened.error();
    store = std::move(*opened);
    timers_thread = std::thread([this] { timers.run(); });
    context.emplace(CallContext{*store, calls, disk.get_executor(), timers.get_executor()});
    streams_service.emplace(*context);
    other_calls.emplace(*context);
    Result<void> serving = start_grpc();
    if (serving) ready.store(true);
    return serving;
  }

  Result<void> start_grpc() {
    proto::keep_grpc();
    grpc::ServerBuilder builder;
    acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
    builder.RegisterService(&*streams_service);
    builder.RegisterService(&features);
    builder.RegisterService(&gossip);
    builder.RegisterCallbackGenericService(&*other_calls);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetMaxSendMessageSize(-1);
    builder.SetResourceQuota(grpc::ResourceQuota("eventstore").Resize(kTransportBytes));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsPerConnection);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    // Clients may ping as often as they like: it is they who are configured for that.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    grpc_server = builder.BuildAndStart();
    if (grpc_server == nullptr) return Error(Errc::internal, "the gRPC server of the event store did not start");
    return {};
  }

  void hand_over(int socket, int listener) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener;
    connection.fd = socket;
    acceptor->HandleNewConnection(&connection);
  }

  void stop() {
    ready.store(false);
    door.stop();
    calls.shut_down();
    if (grpc_server != nullptr) {
      grpc_server->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_millis(kStopMs, GPR_TIMESPAN)));
      grpc_server->Wait();
    }
    if (store != nullptr) {
      store->stop();
      last_stats = stats();
    }
    disk.join();
    timers_work.reset();
    timers.stop();
    if (timers_thread.joinable()) timers_thread.join();
    grpc_server.reset();
    acceptor.reset();
    store.reset();
  }

  Stats stats() const {
    const Sequencer& sequencer = store->sequencer();
    return {sequencer.appends(), sequencer.appended_events(), calls.subscriptions.load(), calls.acknowledged.load()};
  }

  const Options options;
  SystemClock system_clock;
  const Clock& clock;
  std::unique_ptr<Store> store;
  LiveCalls calls;
  std::atomic<bool> ready{false};
  boost::asio::thread_pool disk;
  boost::asio::io_context timers;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> timers_work;
  std::thread timers_thread;
  std::optional<CallContext> context;
  std::optional<StreamsService> streams_service;
  std::optional<OtherCalls> other_calls;
  ServerFeaturesService features;
  GossipService gossip;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> grpc_server;
  FrontDoor door;

  std::mutex stop_mutex;
  bool stopped = false;
  Stats last_stats;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::start(Options options) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Impl>(std::move(options))));
  Result<void> started = server->impl_->start();
  if (!started) return started.error();
  return server;
}

std::uint16_t Server::port() const {
  return impl_->door.port();
}

std::string Server::address() const {
  const std::string& host = impl_->options.host;
  const std::string dialled = !impl_->options.advertised_host.empty() ? impl_->options.advertised_host
                              : is_wildcard(host)                     ? "127.0.0.1"
                                                                      : host;
  return "esdb://" + dialled + ":" + std::to_string(port()) + "?tls=false";
}

Server::Stats Server::stats() const {
  const std::lock_guard lock(impl_->stop_mutex);
  return impl_->stopped ? impl_->last_stats : impl_->stats();
}

void Server::stop() {
  const std::lock_guard lock(impl_->stop_mutex);
  if (impl_->stopped) return;
  impl_->stopped = true;
  impl_->stop();
}

}  // namespace weir::embedded::eventstore
