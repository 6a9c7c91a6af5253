#include "connectors/eventstoredb/detail/transport.hpp"

#include "connectors/eventstoredb/detail/credentials.hpp"
#include "connectors/eventstoredb/detail/deadline.hpp"
#include "pipeline/base/log.hpp"
#include "proto/grpc_lifetime.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

namespace weir::connectors::eventstoredb::detail {
namespace {

// The official clients accept this much in one message.
constexpr int kLargestAnswer = 17 * 1024 * 1024;
// For TCP, TLS and HTTP/2 together; at most half of a call's deadline, so that it learns that nobody answers there.
constexpr Duration kConnectTime = std::chrono::seconds(5);

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

grpc::ChannelArguments channel_arguments(const ConnectionSettings& settings, const HostPort& host) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestAnswer);
  arguments.SetMaxSendMessageSize(-1);
  if (settings.keep_alive_interval.has_value()) {
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(to_milliseconds(*settings.keep_alive_interval)));
    if (settings.keep_alive_timeout.has_value()) {
      arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(to_milliseconds(*settings.keep_alive_timeout)));
    }
  }
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // In spite of its name it is how long an attempt may take.
  const Duration connect_time = std::min<Duration>(kConnectTime, settings.default_deadline / 2);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(to_milliseconds(connect_time)));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  // A channel of its own connection: two clients of one server do not share fate.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A proxy of the environment cannot reach this machine's own loopback.
  if (is_loopback(host.host)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

ConnectionSettings with_name(ConnectionSettings settings) {
  if (settings.connection_name.empty()) settings.connection_name = "weir-" + Uuid::random().str();
  return settings;
}

}  // namespace

Result<std::shared_ptr<Transport>> Transport::make(ConnectionSettings settings) {
  proto::keep_grpc();
  Result<std::shared_ptr<grpc::ChannelCredentials>> credentials = make_credentials(settings);
  if (credentials.has_error()) return credentials.error();
  if (settings.discover) {
    log::warn(
        "this version of weir does not ask for the cluster's members; the hosts of the connection string are tried in "
        "turn",
        {{"url", settings.display()}});
  }
  return std::shared_ptr<Transport>(new Transport(std::move(settings), std::move(*credentials)));
}

TransportUse::TransportUse(Transport& transport) : transport_(transport) {
  transport_.enter();
}

TransportUse::~TransportUse() {
  transport_.leave();
}

Transport::Transport(ConnectionSettings settings, std::shared_ptr<grpc::ChannelCredentials> credentials)
    : settings_(with_name(std::move(settings))), credentials_(std::move(credentials)), links_(settings_.hosts.size()) {
  if (settings_.credentials.has_value()) authorization_ = basic_authorization(*settings_.credentials);
}

Transport::~Transport() {
  close();
  std::unique_lock lock(mutex_);
  unused_.wait(lock, [this] { return uses_ == 0; });
}

void Transport::enter() {
  const std::lock_guard lock(mutex_);
  ++uses_;
}

void Transport::leave() {
  const std::lock_guard lock(mutex_);  // notified under it: the waiter destroys the condition variable
  if (--uses_ == 0) unused_.notify_all();
}

std::shared_ptr<Link> Transport::connect(const HostPort& host) const {
  auto link = std::make_shared<Link>();
  link->peer = "the event store at " + host.str();
  link->channel = grpc::CreateCustomChannel("dns:///" + host.str(), credentials_, channel_arguments(settings_, host));
  link->streams = wire_streams::Streams::NewStub(link->channel);
  link->features = event_store::client::server_features::ServerFeatures::NewStub(link->channel);
  return link;
}

std::shared_ptr<Link>& Transport::current() {
  return links_[host_ % links_.size()];
}

std::shared_ptr<Link> Transport::link() {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Link>& link = current();
  if (link == nullptr) link = connect(settings_.hosts[host_ % settings_.hosts.size()]);
  return link;
}

void Transport::failed(const std::shared_ptr<Link>& link, grpc::StatusCode code) {
  std::shared_ptr<BatchCall> given_up;  // would last for ever, and keep the destructor waiting
  {
    const std::lock_guard lock(mutex_);
    const bool lost = code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::DEADLINE_EXCEEDED;
    if (!lost || link != current() || settings_.hosts.size() == 1) return;
    ++host_;
    info_.reset();
    given_up = std::move(batch_);
  }
  if (given_up != nullptr) given_up->cancel();
}

std::optional<ServerInfo> Transport::known_info(const std::shared_ptr<Link>& link) {
  const std::lock_guard lock(mutex_);
  return link == current() ? info_ : std::nullopt;
}

void Transport::remember_info(const std::shared_ptr<Link>& link, ServerInfo info) {
  const std::lock_guard lock(mutex_);
  if (link == current()) info_ = std::move(info);
}

Result<std::shared_ptr<BatchCall>> Transport::open_batch(const std::shared_ptr<Link>& link) const {
  if (closed_) return Error(Errc::cancelled, "the client of " + settings_.display() + " is closed");
  if (link != links_[host_ % links_.size()]) {
    return Error(Errc::unavailable, link->peer + " was given up for another host; nothing was sent");
  }
  return batch_ != nullptr && !batch_->ended() ? batch_ : nullptr;
}

Result<std::shared_ptr<BatchCall>> Transport::batch_call(const std::shared_ptr<Link>& link) {
  {
    const std::lock_guard lock(mutex_);
    Result<std::shared_ptr<BatchCall>> open = open_batch(link);
    if (open.has_error() || *open != nullptr) return open;
  }
  auto on_end = [this, link](const BatchCall& call) {
    batch_ended(link, call);
  };
  auto fresh = std::make_shared<BatchCall>(*this, link->peer, settings_.default_deadline, std::move(on_end));
  prepare(fresh->context());
  {
    const std::lock_guard lock(mutex_);
    Result<std::shared_ptr<BatchCall>> open = open_batch(link);
    if (open.has_error() || *open != nullptr) return open;  // another thread was faster
    batch_ = fresh;
  }
  // Others may submit to it already: it queues until started.
  fresh->start(*link->streams);
  return fresh;
}

void Transport::batch_ended(const std::shared_ptr<Link>& link, const BatchCall& call) {
  {
    const std::lock_guard lock(mutex_);
    if (batch_.get() == &call) {
      batch_.reset();
      info_.reset();  // what comes back may be another server
    }
  }
  // A call that is to last for ever has ended: whatever its status says, another host is worth a try.
  failed(link, grpc::StatusCode::UNAVAILABLE);
}

void Transport::prepare(grpc::ClientContext& context) const {
  context.AddMetadata("connection-name", settings_.connection_name);
  context.AddMetadata("requires-leader", settings_.node_preference == NodePreference::leader ? "true" : "false");
  if (!authorization_.empty()) context.AddMetadata("authorization", authorization_);
}

void Transport::prepare_with_deadline(grpc::ClientContext& context) const {
  prepare(context);
  context.set_deadline(deadline_in(to_milliseconds(settings_.default_deadline)));
}

void Transport::track(const std::shared_ptr<grpc::ClientContext>& context) {
  const std::lock_guard lock(mutex_);
  calls_.insert(context);
}

void Transport::untrack(const std::shared_ptr<grpc::ClientContext>& context) {
  const std::lock_guard lock(mutex_);
  calls_.erase(context);
}

bool Transport::closed() {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void Transport::close() {
  std::set<std::shared_ptr<grpc::ClientContext>> calls;
  std::shared_ptr<BatchCall> batch;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    calls.swap(calls_);
    batch = std::move(batch_);
  }
  for (const auto& context : calls) context->TryCancel();
  if (batch != nullptr) batch->cancel();
}

}  // namespace weir::connectors::eventstoredb::detail
