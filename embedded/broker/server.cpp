#include "embedded/broker/server.hpp"

#include "embedded/broker/address.hpp"
#include "embedded/broker/api/dispatch.hpp"
#include "embedded/broker/descriptor_limit.hpp"
#include "embedded/broker/identity.hpp"
#include "embedded/broker/net/connection.hpp"
#include "embedded/broker/net/listener.hpp"
#include "embedded/broker/net/tls_transport.hpp"
#include "embedded/directory_lock.hpp"
#include "pipeline/base/log.hpp"
#include "pipeline/base/with_timeout.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <malloc.h>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace weir::embedded::broker {

namespace {

using boost::asio::ip::tcp;

constexpr std::size_t kScratchBytes = std::size_t{256} << 10;
constexpr Duration kTendEvery = std::chrono::seconds(1);
constexpr Duration kTrimEvery = std::chrono::seconds(30);
constexpr Duration kSyncAtMost = std::chrono::milliseconds(10);
constexpr Duration kDrain = std::chrono::seconds(2);

}  // namespace

struct Server::Impl {
  explicit Impl(Options o)
      : options(std::move(o)),
        clock(options.clock != nullptr ? *options.clock : own_clock),
        files(storage::make_file_system()),
        io(1),
        timers(clock),
        memory(io.get_executor(), options.request_memory),
        scratch(kScratchBytes),
        shared(io.get_executor(), timers, memory),
        listener(io.get_executor()),
        tasks(io.get_executor()),
        changed(io.get_executor()) {
    shared.limits.idle = options.idle_timeout;
  }

  // ---- start: on the caller's thread, before the broker's own runs --------------------------------------------------

  Result<void> open() {
    max_connections = make_room_for_connections(options.max_connections);
    Result<DirectoryLock> held = DirectoryLock::acquire(options.data_dir, "broker");
    if (!held) return held.error();
    lock.emplace(std::move(*held));
    if (options.tls) {
      Result<std::unique_ptr<net::TlsContext>> loaded =
          net::TlsContext::load(options.tls->certificate, options.tls->key);
      if (!loaded) return loaded.error();
      tls = std::move(*loaded);
    }
    // The port comes first: who cannot have it leaves the data alone.
    if (const Result<void> listening = listener.listen(options.host, options.port); !listening)
      return listening.error();
    return open_data();
  }

  Result<void> open_data() {
    Result<Identity> opened = open_identity(*files, options.data_dir, options.repair);
    if (!opened) return opened.error();
    identity = std::move(*opened);
    flusher = storage::make_flusher([this](std::function<void()> task) { boost::asio::post(io, std::move(task)); });

    topics::Topics::Options topic_options;
    topic_options.data_dir = options.data_dir;
    topic_options.fsync = options.fsync;
    topic_options.default_partitions = options.default_partitions;
    topic_options.clean = identity.clean;
    topic_options.repair = options.repair;
    topic_options.leader_epoch = identity.leader_epoch;
    Result<std::unique_ptr<topics::Topics>> catalogue = topics::Topics::open(*files, *flusher, clock, topic_options);
    if (!catalogue) return catalogue.error();
    topics = std::move(*catalogue);

    groups::GroupCoordinator::Options group_options;
    group_options.data_dir = options.data_dir;
    group_options.initial_rebalance_delay = options.initial_rebalance_delay;
    group_options.fsync = options.fsync;
    group_options.repair = options.repair;
    group_options.journal_expected = !topics->all().empty();
    group_options.partition_exists = [this](std::string_view topic, std::int32_t partition) {
      return topics->find_partition(topic, partition) != nullptr;
    };
    Result<std::unique_ptr<groups::GroupCoordinator>> coordinator =
        groups::GroupCoordinator::open(*files, *flusher, timers, std::move(group_options));
    if (!coordinator) return coordinator.error();
    groups = std::move(*coordinator);
    topics->on_removed([this](const std::vector<std::string>& names) { return groups->forget_topics(names); },
                       groups->topics_to_forget());

    admin = std::make_unique<topics::TopicAdmin>(*topics, describe());
    node = std::make_unique<api::Node>(*topics, *admin, *groups, timers);
    node->cluster_id = identity.cluster_id;
    node->auto_create_topics = options.auto_create_topics;
    node->users = options.users;
    handle = [this](Session& session, std::string_view frame, const std::shared_ptr<net::ResponseSlot>& slot) {
      return api::dispatch(*node, session, frame, slot);
    };
    return {};
  }

  // What DescribeConfigs shows.
  topics::BrokerConfigView describe() const {
    const std::string protocol =
        std::string(options.users.empty() ? "" : "SASL_") + (tls != nullptr ? "SSL" : "PLAINTEXT");
    const std::string address = options.host + ":" + std::to_string(listener.port());
    topics::BrokerConfigView view;
    view.listeners = protocol + "://" + address;
    view.advertised_listeners = options.advertised.empty() ? "" : protocol + "://" + options.advertised;
    view.log_dirs = options.data_dir.string();
    view.sasl_mechanisms = options.users.empty() ? "" : "PLAIN";
    view.default_partitions = options.default_partitions;
    view.auto_create_topics = options.auto_create_topics;
    view.max_connections = max_connections;
    view.idle_timeout = options.idle_timeout;
    view.initial_rebalance_delay = options.initial_rebalance_delay;
    return view;
  }

  void run() {
    timers.on_earlier([this] { changed.notify_all(); });
    schedule_tending();
    schedule_trims();
    if (options.fsync == storage::Fsync::interval) schedule_syncs();
    schedule_checks();
    tasks.spawn("timers", run_timers_loop());
    tasks.spawn("listener", listener.run([this](tcp::socket socket) { welcome(std::move(socket)); }));
    thread = std::thread([this] { io.run(); });
  }

  // ---- on the broker's thread ---------------------------------------------------------------------------------------

  Task<void> run_timers_loop() {
    while (!stopped) {
      timers.run_due();
      const std::optional<TimePoint> next = timers.next();
      if (!next) {
        co_await changed.wait();
        continue;
      }
      const Duration left = *next - clock.now();
      if (left > Duration::zero()) co_await wait_or_timeout(changed, clock, left);
    }
  }

  void schedule_tending() {
    timers.after(kTendEvery, [this] {
      topics->tend();
      groups->tend();
      schedule_tending();
    });
  }

  // glibc keeps what was freed below what is still in use: a burst would be seen in the memory of the process for ever.
  void schedule_trims() {
    timers.after(kTrimEvery, [this] {
      ::malloc_trim(0);
      schedule_trims();
    });
  }

  // Mode interval: how much a crash of the machine may take back.
  void schedule_syncs() {
    timers.after(std::max(options.fsync_interval, kSyncAtMost), [this] {
      topics->sync();
      groups->sync();  // behind the logs
      schedule_syncs();
    });
  }

  void schedule_checks() {
    timers.after(kTendEvery, [this] {
      const TimePoint now = clock.now();
      const auto all = connections;
      for (const std::shared_ptr<net::Connection>& connection : all) connection->check(now);
      schedule_checks();
    });
  }

  void welcome(tcp::socket socket) {
    if (stopping || connections.size() >= max_connections) return complain_of_crowd();
    boost::system::error_code failure;
    const tcp::endpoint local = socket.local_endpoint(failure);
    const tcp::endpoint remote = failure ? tcp::endpoint() : socket.remote_endpoint(failure);
    if (failure) return;  // it has gone already
    Session session;
    session.client_host = "/" + text_of(remote.address());
    Dialled dialled = options.advertised.empty() ? Dialled{text_of(local.address()), local.port()}
                                                 : read_advertised(options.advertised, listener.port());
    session.advertised_host = std::move(dialled.host);
    session.advertised_port = dialled.port;
    session.authenticated = options.users.empty();
    std::unique_ptr<net::Transport> transport =
        tls != nullptr ? tls->make_transport(std::move(socket)) : net::make_plain_transport(std::move(socket), scratch);
    const auto connection = std::make_shared<net::Connection>(std::move(transport), std::move(session), shared, handle);
    connections.insert(connection);
    tasks.spawn("connection", serve(connection));
  }

  void complain_of_crowd() {
    std::uint64_t held_back = 0;
    if (stopping || !crowd.allow(to_milliseconds(clock.now()), &held_back)) return;
    log::warn("the embedded broker refuses connections: there are too many",
              {{"connections", connections.size()}, {"more", held_back}});
  }

  Task<void> serve(std::shared_ptr<net::Connection> connection) {
    try {
      co_await connection->run();
    } catch (const std::exception& bug) {
      log::error("a connection to the embedded broker failed; this is a bug, please report it",
                 {{"error", bug.what()}});
    }
    connection->close();
    connections.erase(connection);
    changed.notify_all();
  }

  Task<void> run_stop() {
    stopping = true;
    listener.close();
    const auto all = connections;
    for (const std::shared_ptr<net::Connection>& connection : all) connection->drain();
    const TimePoint deadline = clock.now() + kDrain;
    while (!connections.empty() && clock.now() < deadline) {
      const Duration left = deadline - clock.now();
      co_await wait_or_timeout(changed, clock, left);
    }
    memory.lift();
    const auto late = connections;
    for (const std::shared_ptr<net::Connection>& connection : late) connection->close();
    while (!connections.empty()) co_await changed.wait();
    closed = close_data();
    stopped = true;
    changed.notify_all();
  }

  Result<void> close_data() {
    Result<void> closed = groups->close();
    const Result<void> logs = topics->close();
    const bool was_offline = !logs && logs.error().code() == Errc::corrupt;
    if (closed && was_offline) {  // not this stop's fault: it was said at the start, and is again at the next one
      log::info("stopped with a partition offline; the next start looks at all logs",
                {{"error", logs.error().message()}});
      return closed;
    }
    if (!logs && closed) closed = logs;
    if (closed) closed = mark_stopped(*files, options.data_dir);
    if (!closed) {
      closed = closed.error().with_context("the broker could not stop in order; its next start checks the logs");
      log::error("the embedded broker could not stop in order", {{"error", closed.error().message()}});
    }
    return closed;
  }

  // Runs `function` on the broker's thread and waits for its result. Under `life`: a stop waits for it, and after a
  // stop nothing would run.
  template <class T, class Function>
  T ask(Function function) {
    std::promise<T> promise;
    std::future<T> result = promise.get_future();
    boost::asio::post(io, [&promise, &function] { promise.set_value(function()); });
    return result.get();
  }

  // Destroyed from the bottom up: connections and logs before the loop that their callbacks stand in.
  const Options options;
  SystemClock own_clock;
  Clock& clock;
  std::unique_ptr<storage::FileSystem> files;
  std::optional<DirectoryLock> lock;
  boost::asio::io_context io;
  Timers timers;
  Identity identity;
  std::unique_ptr<net::TlsContext> tls;
  std::unique_ptr<storage::Flusher> flusher;
  std::unique_ptr<topics::Topics> topics;
  std::unique_ptr<groups::GroupCoordinator> groups;
  std::unique_ptr<topics::TopicAdmin> admin;
  std::unique_ptr<api::Node> node;
  net::HandleFrame handle;
  net::MemoryBudget memory;
  std::vector<char> scratch;
  net::Shared shared;
  net::Listener listener;
  std::unordered_set<std::shared_ptr<net::Connection>> connections;
  log::Limiter crowd;
  TaskGroup tasks;
  Signal changed;
  std::size_t max_connections = 0;
  bool stopping = false;
  bool stopped = false;
  Result<void> closed;
  std::mutex life;  // held by those who talk to the thread from outside
  std::thread thread;
  Stats last_stats;

  Stats stats_now() const {
    return {.connections = connections.size(),
            .requests = shared.requests,
            .bytes_in = node->bytes_in,
            .bytes_out = shared.bytes_out};
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  static_cast<void>(stop());  // it is in the log
}

Result<std::unique_ptr<Server>> Server::start(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (const Result<void> opened = impl->open(); !opened) return opened.error();
  impl->run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const {
  return impl_->listener.port();
}

std::string Server::address() const {
  const std::string& host = impl_->options.host;
  const bool literal = host.find(':') != std::string::npos;
  return (literal ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

Server::Stats Server::stats() const {
  const std::lock_guard lock(impl_->life);
  if (!impl_->thread.joinable()) return impl_->last_stats;
  return impl_->ask<Stats>([impl = impl_.get()] { return impl->stats_now(); });
}

Result<void> Server::ensure_topics(const std::vector<TopicSpec>& specs) {
  const std::lock_guard lock(impl_->life);
  if (!impl_->thread.joinable()) return Error(Errc::unavailable, "the embedded broker has been stopped");
  return impl_->ask<Result<void>>([impl = impl_.get(), &specs]() -> Result<void> {
    for (const TopicSpec& spec : specs) {
      const topics::TopicError error = impl->topics->create(spec.name, spec.partitions, {});
      const bool there = error.code == wire::ErrorCode::none || error.code == wire::ErrorCode::topic_already_exists;
      if (!there) return Error(Errc::invalid_argument, "cannot make the topic '" + spec.name + "': " + error.message);
    }
    return {};
  });
}

Result<void> Server::stop() {
  const std::lock_guard lock(impl_->life);
  if (!impl_->thread.joinable()) return impl_->closed;
  boost::asio::post(impl_->io, [impl = impl_.get()] { impl->tasks.spawn("stop", impl->run_stop()); });
  impl_->thread.join();
  impl_->last_stats = impl_->stats_now();
  impl_->lock.reset();
  return impl_->closed;
}

}  // namespace weir::embedded::broker
