#include "connectors/eventstoredb/connection.hpp"

#include "connectors/eventstoredb/store_check.hpp"
#include "pipeline/base/log.hpp"

namespace weir::connectors::eventstoredb {
namespace {

constexpr std::string_view kEmbedded = "embedded";

std::string check_url(const std::string& url) {
  if (url == kEmbedded) return {};
  const Result<ParsedConnectionString> parsed = parse_connection_string(url);
  if (parsed.has_value()) return {};
  return parsed.error().message() + "; or `embedded` for a store inside this process";
}

bool has_credentials(const std::string& url) {
  const Result<ParsedConnectionString> parsed = parse_connection_string(url);
  return parsed.has_value() && parsed->settings.credentials.has_value();
}

std::string mask_url(const std::string& url) {
  return url == kEmbedded ? url : masked_connection_string(url);
}

}  // namespace

Spec<ConnectionConfig> connection_spec() {
  Spec<ConnectionConfig> spec("An EventStoreDB or KurrentDB.");
  spec.option("url", &ConnectionConfig::url,
              "Connection string (esdb://, kurrentdb://, with or without +discover), or `embedded`: a durable store "
              "inside this process.")
      .secret(has_credentials)
      .masked_by(mask_url)
      .check(check_url)
      .example("\"esdb://localhost:2113?tls=false\"");
  spec.shorthand("url");
  return spec;
}

Description describe_connection(const ConnectionConfig& config) {
  Description description;
  description.peer = {config.url == kEmbedded, "event store", "a store of its own"};  // the url may hold a password
  return description;
}

StoreConnection::StoreConnection(ConnectionConfig config, MakeStoreClient make_client, Blocking& blocking,
                                 StartEmbedded start_embedded, std::filesystem::path data_dir)
    : config_(std::move(config)),
      make_client_(std::move(make_client)),
      blocking_(blocking),
      start_embedded_(std::move(start_embedded)),
      data_dir_(std::move(data_dir)) {}

StoreConnection::~StoreConnection() = default;

Result<std::string> StoreConnection::start_embedded() {
  if (!start_embedded_) {
    return Error(Errc::unsupported, "this build of weir has no embedded event store; set `url` to a connection string");
  }
  Result<std::shared_ptr<EmbeddedServer>> started = start_embedded_(data_dir_);
  if (started.has_error()) return started.error().with_context("starting the embedded event store").for_good();
  server_ = std::move(*started);
  return server_->address();
}

Task<Result<void>> StoreConnection::open() {
  if (client_ != nullptr) co_return Result<void>();
  std::string url = config_.url;
  if (url == kEmbedded) {
    Result<std::string> address;
    std::function<void()> work = [this, &address] {
      address = start_embedded();
    };
    co_await blocking_.run(std::move(work));
    if (address.has_error()) co_return address.error();
    url = std::move(*address);
  }
  Result<ParsedConnectionString> parsed = parse_connection_string(url);
  if (parsed.has_error()) co_return parsed.error();
  for (const std::string& warning : parsed->warnings) log::warn(warning);
  Result<std::shared_ptr<StoreClient>> client = make_client_(parsed->settings);
  if (client.has_error()) co_return client.error();
  client_ = std::move(*client);
  co_return Result<void>();
}

Task<void> StoreConnection::close() {
  if (client_ != nullptr) client_->close();
  client_.reset();
  if (server_ == nullptr) co_return;
  std::function<void()> work = [server = std::exchange(server_, nullptr)] {
    server->stop();
  };
  co_await blocking_.run(std::move(work));
}

Task<std::vector<CheckLine>> StoreConnection::check(CheckRequest request) {
  std::vector<CheckLine> lines;
  if (config_.url == kEmbedded) {
    lines.push_back(CheckLine::ok("store", "embedded: `weir run` starts it; not asked"));
    co_return lines;
  }
  Result<ParsedConnectionString> parsed = parse_connection_string(config_.url);
  const std::string what = "store " + (parsed.has_value() ? parsed->settings.display() : std::string());
  if (parsed.has_error()) {
    lines.push_back(CheckLine::failed(what, parsed.error().message(), "mend the url of the connection"));
    co_return lines;
  }
  for (const std::string& warning : parsed->warnings)
    lines.push_back(CheckLine::warning("url", warning, "take it out, or see how it is spelt"));
  const bool has_user = parsed->settings.credentials.has_value();
  parsed->settings.default_deadline = request.patience;
  Result<std::shared_ptr<StoreClient>> client = make_client_(parsed->settings);
  if (client.has_error()) {
    lines.push_back(CheckLine::failed(what, client.error().message(), "mend the url of the connection"));
    co_return lines;
  }
  const std::shared_ptr<StoreClient> store = *client;
  co_await ask_store(store, request, what, has_user, lines);
  store->close();
  co_return lines;
}

Result<std::shared_ptr<StoreClient>> StoreConnection::client() const {
  if (client_ == nullptr) return Error(Errc::internal, "the event store connection is not open");
  return client_;
}

}  // namespace weir::connectors::eventstoredb
