// Transport: the channel to one of the hosts, and what every call to it has in common.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "connectors/eventstoredb/connection_string.hpp"
#include "connectors/eventstoredb/detail/batch_call.hpp"
#include "proto/server_features.grpc.pb.h"
#include "proto/streams.grpc.pb.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weir::connectors::eventstoredb::detail {

// A channel to one host. The channel itself reconnects, with backoff.
struct Link {
  std::string peer;  // for messages: "the event store at localhost:2113"
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<wire_streams::Streams::Stub> streams;
  std::unique_ptr<event_store::client::server_features::ServerFeatures::Stub> features;
};

// Lifetime: owned by the client and by coroutines that wait for an answer, never by a call: the last reference to a
// channel must not go on one of grpc's own threads, which would then wait for itself (grpc++ 1.51,
// CallbackAlternativeCQ). So calls hold a TransportUse, links stay until the end, and the destructor cancels what is
// under way and waits until grpc is through with it.
// Executor: any thread; the destructor not on grpc's. Cancellation, Errors: see the members.
class Transport {
 public:
  ~Transport();

  // Error: io, when a certificate file cannot be read.
  static Result<std::shared_ptr<Transport>> make(ConnectionSettings settings);

  // The link in use; made on first use.
  std::shared_ptr<Link> link();
  // A call on that link failed: with several hosts, the next one is used from now on.
  void failed(const std::shared_ptr<Link>& link, grpc::StatusCode code);

  // What the server at the link's end can do, once known.
  std::optional<ServerInfo> known_info(const std::shared_ptr<Link>& link);
  void remember_info(const std::shared_ptr<Link>& link, ServerInfo info);
  // The link's BatchAppend call; a fresh one when there is none or it has ended. An error after close(), or when the
  // link is no longer the one in use: of every call that was started, either batch_ knows or it was cancelled.
  Result<std::shared_ptr<BatchCall>> batch_call(const std::shared_ptr<Link>& link);

  // Headers of every call.
  void prepare(grpc::ClientContext& context) const;
  void prepare_with_deadline(grpc::ClientContext& context) const;

  // Calls under way, to be cancelled by close().
  void track(const std::shared_ptr<grpc::ClientContext>& context);
  void untrack(const std::shared_ptr<grpc::ClientContext>& context);

  void close();
  bool closed();
  void enter();
  void leave();
  const ConnectionSettings& settings() const { return settings_; }

 private:
  Transport(ConnectionSettings settings, std::shared_ptr<grpc::ChannelCredentials> credentials);
  std::shared_ptr<Link> connect(const HostPort& host) const;
  std::shared_ptr<Link>& current();                                                        // with mutex_ held
  Result<std::shared_ptr<BatchCall>> open_batch(const std::shared_ptr<Link>& link) const;  // with mutex_ held
  void batch_ended(const std::shared_ptr<Link>& link, const BatchCall& call);

  const ConnectionSettings settings_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  std::string authorization_;  // secret

  std::mutex mutex_;  // guards all below
  std::size_t host_ = 0;
  std::vector<std::shared_ptr<Link>> links_;  // one per host, made on first use
  std::optional<ServerInfo> info_;            // of the current link
  std::shared_ptr<BatchCall> batch_;          // of the current link
  std::set<std::shared_ptr<grpc::ClientContext>> calls_;
  bool closed_ = false;
  std::size_t uses_ = 0;
  std::condition_variable unused_;
};

}  // namespace weir::connectors::eventstoredb::detail
