#include "embedded/register.hpp"

#include "embedded/broker/server.hpp"
#include "embedded/eventstore/server.hpp"
#include "pipeline/base/listen.hpp"
#include "pipeline/base/log.hpp"

#include <map>
#include <mutex>

namespace weir::embedded {

namespace {

constexpr std::uint16_t kEventStorePort = 2113;
constexpr std::uint16_t kKafkaPort = 9092;
constexpr std::int32_t kPartitions = 3;  // of the topics of pipelines: enough to see that lanes share them

// One connection's hold on a server. The server stops with its last holder.
template <class Server>
class Hold final : public EmbeddedServer {
 public:
  explicit Hold(std::shared_ptr<Server> server) : address_(server->address()), server_(std::move(server)) {}
  std::string address() const override { return address_; }
  void stop() override { server_.reset(); }

 private:
  const std::string address_;
  std::shared_ptr<Server> server_;
};

template <class Server>
using StartOn =
    std::function<Result<std::unique_ptr<Server>>(std::uint16_t port, const std::filesystem::path& data_dir)>;

// One kind of server: started on the port where people's clients look for it, or, when that is taken, on any free one:
// pipelines need the server, not the port. Connections that ask with the same data directory share one.
template <class Server>
class Starter {
 public:
  Starter(std::string name, std::uint16_t port, StartOn<Server> start_on)
      : name_(std::move(name)), port_(port), start_on_(std::move(start_on)) {}

  Result<std::shared_ptr<EmbeddedServer>> start(const std::filesystem::path& data_dir) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Server> running = running_[data_dir].lock();
    if (running == nullptr) {
      Result<std::unique_ptr<Server>> started = start_anew(data_dir);
      if (!started) return started.error().with_context("embedded " + name_);
      running = std::move(*started);
      running_[data_dir] = running;
      log::info("the embedded " + name_ + " is serving",
                {{"address", running->address()}, {"data_dir", data_dir.string()}});
    }
    return std::shared_ptr<EmbeddedServer>(std::make_shared<Hold<Server>>(std::move(running)));
  }

 private:
  Result<std::unique_ptr<Server>> start_anew(const std::filesystem::path& data_dir) {
    Result<std::unique_ptr<Server>> server = start_on_(port_, data_dir);
    if (server || !is_listen_failure(server.error())) return server;
    const std::string reason = server.error().message();
    server = start_on_(0, data_dir);
    if (server) {
      log::warn("the embedded " + name_ + " listens on another port",
                {{"reason", reason}, {"address", (*server)->address()}});
    }
    return server;
  }

  const std::string name_;
  const std::uint16_t port_;
  const StartOn<Server> start_on_;
  std::mutex mutex_;
  std::map<std::filesystem::path, std::weak_ptr<Server>> running_;
};

template <class Server>
StartEmbedded starter(std::string name, std::uint16_t port, StartOn<Server> start_on) {
  return [starter = std::make_shared<Starter<Server>>(std::move(name), port, std::move(start_on))](
             const std::filesystem::path& data_dir) {
    return starter->start(data_dir);
  };
}

Result<std::unique_ptr<eventstore::Server>> start_event_store(std::uint16_t port,
                                                              const std::filesystem::path& data_dir) {
  eventstore::Server::Options options;
  options.port = port;
  options.data_dir = data_dir / "eventstore";
  return eventstore::Server::start(std::move(options));
}

Result<std::unique_ptr<broker::Server>> start_broker(std::uint16_t port, const std::filesystem::path& data_dir) {
  broker::Server::Options options;
  options.port = port;
  options.data_dir = data_dir / "broker";
  options.default_partitions = kPartitions;
  return broker::Server::start(std::move(options));
}

}  // namespace

void register_embedded(Registry& registry) {
  registry.add_embedded("eventstoredb", starter<eventstore::Server>("event store", kEventStorePort, start_event_store));
  registry.add_embedded("kafka", starter<broker::Server>("broker", kKafkaPort, start_broker));
}

}  // namespace weir::embedded
