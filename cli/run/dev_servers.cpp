#include "cli/run/dev_servers.hpp"

#include "embedded/broker/server.hpp"
#include "embedded/directory_lock.hpp"
#include "embedded/eventstore/server.hpp"
#include "pipeline/base/listen.hpp"
#include "pipeline/text/quotes.hpp"

#include <vector>

namespace weir::cli {

namespace {

using Broker = embedded::broker::Server;
using Store = embedded::eventstore::Server;

// A server that runs anyway, as a connection's own.
class Lent final : public EmbeddedServer {
 public:
  explicit Lent(std::string address) : address_(std::move(address)) {}
  std::string address() const override { return address_; }
  void stop() override {}

 private:
  const std::string address_;
};

StartEmbedded lend(const std::string& address) {
  return [address](const std::filesystem::path&) -> Result<std::shared_ptr<EmbeddedServer>> {
    return std::shared_ptr<EmbeddedServer>(std::make_shared<Lent>(address));
  };
}

Error explained(const Error& error, const char* port_option) {
  if (!is_listen_failure(error)) return error;
  return Error(error.code(), error.message() + " with " + port_option);
}

}  // namespace

struct DevServers::Impl {
  std::unique_ptr<Broker> broker;
  std::unique_ptr<Store> store;
};

DevServers::DevServers(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

DevServers::~DevServers() {
  static_cast<void>(stop());
}

Result<std::unique_ptr<DevServers>> DevServers::start(const Settings& settings) {
  auto impl = std::make_unique<Impl>();
  Broker::Options broker_options;
  broker_options.port = settings.kafka_port;
  broker_options.data_dir = broker_data(settings.data_dir);
  broker_options.default_partitions = settings.partitions;
  Result<std::unique_ptr<Broker>> broker = Broker::start(std::move(broker_options));
  if (!broker) return explained(broker.error(), "--port-kafka");
  impl->broker = std::move(*broker);

  Store::Options store_options;
  store_options.port = settings.store_port;
  store_options.data_dir = store_data(settings.data_dir);
  Result<std::unique_ptr<Store>> store = Store::start(std::move(store_options));
  if (!store) return explained(store.error(), "--port-store");
  impl->store = std::move(*store);
  return std::unique_ptr<DevServers>(new DevServers(std::move(impl)));
}

std::string DevServers::broker_address() const {
  return impl_->broker->address();
}

std::string DevServers::store_address() const {
  return impl_->store->address();
}

void DevServers::offer_to(Registry& registry) const {
  registry.add_embedded("kafka", lend(broker_address()));
  registry.add_embedded("eventstoredb", lend(store_address()));
}

Result<void> DevServers::stop() {
  if (impl_->store != nullptr) impl_->store->stop();
  return impl_->broker != nullptr ? impl_->broker->stop() : Result<void>();
}

Result<void> remove_server_data(const std::filesystem::path& data_dir) {
  // Both are held while the files go: a server that runs there must not lose them under its hands, and neither goes
  // without the other.
  std::vector<embedded::DirectoryLock> held;
  const std::pair<std::filesystem::path, const char*> places[] = {{DevServers::broker_data(data_dir), "broker"},
                                                                  {DevServers::store_data(data_dir), "event store"}};
  std::error_code failure;
  for (const auto& [directory, owner] : places) {
    if (!std::filesystem::exists(directory, failure)) continue;
    Result<embedded::DirectoryLock> lock = embedded::DirectoryLock::acquire(directory, owner);
    if (!lock) return lock.error();
    held.push_back(std::move(*lock));
  }
  for (const embedded::DirectoryLock& lock : held) {
    std::filesystem::remove_all(lock.directory(), failure);
    if (failure)
      return Error(Errc::io, "cannot remove " + text::in_quotes(lock.directory()) + ": " + failure.message());
  }
  return {};
}

}  // namespace weir::cli
