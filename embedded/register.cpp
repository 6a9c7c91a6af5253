#include "embedded/register.hpp"

#include "embedded/eventstore/server.hpp"
#include "pipeline/log.hpp"

namespace weir::embedded {

namespace {

constexpr std::uint16_t kEventStorePort = 2113;

class EmbeddedEventStore final : public EmbeddedServer {
 public:
  explicit EmbeddedEventStore(std::unique_ptr<eventstore::Server> server) : server_(std::move(server)) {}
  std::string address() const override { return server_->address(); }
  void stop() override { server_->stop(); }

 private:
  std::unique_ptr<eventstore::Server> server_;
};

Result<std::unique_ptr<eventstore::Server>> start_on(std::uint16_t port, const std::filesystem::path& data_dir) {
  eventstore::Server::Options options;
  options.port = port;
  options.data_dir = data_dir / "eventstore";
  return eventstore::Server::start(std::move(options));
}

// On the usual port, where people's clients look for it; when that is taken, on any free one: the pipelines need the
// store, not the port.
Result<std::shared_ptr<EmbeddedServer>> start_event_store(const std::filesystem::path& data_dir) {
  Result<std::unique_ptr<eventstore::Server>> server = start_on(kEventStorePort, data_dir);
  const bool port_taken = !server && server.error().message().starts_with("cannot listen");
  if (port_taken) {
    const std::string reason = server.error().message();
    server = start_on(0, data_dir);
    if (server)
      log::warn("the embedded event store listens on another port",
                {{"reason", reason}, {"address", (*server)->address()}});
  }
  if (!server) return server.error().with_context("embedded event store");
  log::info("the embedded event store is serving",
            {{"address", (*server)->address()}, {"data_dir", data_dir.string()}});
  return std::shared_ptr<EmbeddedServer>(std::make_shared<EmbeddedEventStore>(std::move(*server)));
}

}  // namespace

void register_embedded(Registry& registry) {
  registry.add_embedded("eventstoredb", start_event_store);
}

}  // namespace weir::embedded
