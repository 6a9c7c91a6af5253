// The gRPC services of the store. Private: includes gRPC.
#pragma once

#include "embedded/eventstore/calls/calls.hpp"
#include "proto/gossip.grpc.pb.h"
#include "proto/server_features.grpc.pb.h"

#include <grpcpp/generic/async_generic_service.h>

namespace weir::embedded::eventstore {

// The version that clients are told: the last one before the second protocol.
inline constexpr const char* kReportedVersion = "23.10.8";

// The methods of Streams, but for Read. The base is the generated class with every method but Read raw (bytes), and
// with Read left to OtherCalls.
using StreamsBase = streams::Streams::WithGenericMethod_Read<streams::Streams::WithRawCallbackMethod_Append<
    streams::Streams::WithRawCallbackMethod_BatchAppend<streams::Streams::WithRawCallbackMethod_Delete<
        streams::Streams::WithRawCallbackMethod_Tombstone<streams::Streams::Service>>>>>;

// Writes. Lifetime: outlived by its context. Executor: gRPC's threads.
class StreamsService final : public StreamsBase {
 public:
  explicit StreamsService(CallContext& context) : context_(context) {}

  grpc::ServerReadReactor<grpc::ByteBuffer>* Append(grpc::CallbackServerContext* call,
                                                    grpc::ByteBuffer* response) override {
    return start_append(context_, *call, *response);
  }
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* BatchAppend(grpc::CallbackServerContext*) override {
    return start_batch_append(context_);
  }
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override {
    return start_delete(context_, *call, *request, *response);
  }
  grpc::ServerUnaryReactor* Tombstone(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    return start_tombstone(context_, *call, *request, *response);
  }

 private:
  CallContext& context_;
};

// Every call that no other service takes: Streams.Read, because only a call of both directions is told when the client
// has ended its side; and what this store does not have, which is said by name. Lifetime: outlived by its context.
// Executor: gRPC's threads.
class OtherCalls final : public grpc::CallbackGenericService {
 public:
  explicit OtherCalls(CallContext& context) : context_(context) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override;

 private:
  CallContext& context_;
};

// Which methods there are: the first call of every client.
class ServerFeaturesService final : public event_store::client::server_features::ServerFeatures::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetSupportedMethods(
      grpc::CallbackServerContext* call, const event_store::client::Empty* request,
      event_store::client::server_features::SupportedMethods* response) override;
};

// Who is in the cluster: this node, and it leads.
class GossipService final : public event_store::client::gossip::Gossip::CallbackService {
 public:
  // `host` empty: answer with the address that the client dialled.
  GossipService(const Clock& clock, std::string host)
      : clock_(clock), host_(std::move(host)), instance_(Uuid::random()) {}
  void set_port(std::uint16_t port) { port_ = port; }

  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* call, const event_store::client::Empty* request,
                                 event_store::client::gossip::ClusterInfo* response) override;

 private:
  const Clock& clock_;
  const std::string host_;
  const Uuid instance_;
  std::atomic<std::uint16_t> port_{0};
};

}  // namespace weir::embedded::eventstore
