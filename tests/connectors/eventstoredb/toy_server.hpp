// A scripted gRPC server in this process: each method does what the test says.
#pragma once

#include "proto/server_features.grpc.pb.h"
#include "proto/streams.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace weir::connectors::eventstoredb {

namespace ws = event_store::client::streams;
namespace wf = event_store::client::server_features;

using BatchStream = grpc::ServerReaderWriter<ws::BatchAppendResp, ws::BatchAppendReq>;

// Lifetime: stops, and breaks what is under way, when it is destroyed. Executor: handlers run on grpc's own threads.
class ToyServer final {
 public:
  explicit ToyServer(std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials(),
                     int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), credentials, &port_);
    door_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(credentials));
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterService(&streams_);
    builder.RegisterService(&features_);
    server_ = builder.BuildAndStart();
  }
  ~ToyServer() { stop(); }

  void stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
    server_->Wait();
    server_.reset();
  }
  int port() const { return port_; }
  // A connection that was accepted elsewhere.
  void hand_over(int socket, int listener) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener;
    connection.fd = socket;
    door_->HandleNewConnection(&connection);
  }
  std::string url(const std::string& options = "") const {
    return "esdb://127.0.0.1:" + std::to_string(port_) + "?tls=false" + options;
  }

  // Scripts; to be set before the first call. Counters of calls.
  std::function<grpc::Status(grpc::ServerContext&, BatchStream&)> batch_append;
  std::function<grpc::Status(grpc::ServerContext&, grpc::ServerReader<ws::AppendReq>&, ws::AppendResp&)> append;
  std::function<grpc::Status(const ws::ReadReq&, grpc::ServerWriter<ws::ReadResp>&)> read;
  std::function<grpc::Status(grpc::ServerContext&, wf::SupportedMethods&)> features = list_batch_append;
  std::atomic<int> batch_calls = 0;
  std::atomic<int> append_calls = 0;
  std::atomic<int> feature_calls = 0;

  static grpc::Status list_batch_append(grpc::ServerContext&, wf::SupportedMethods& out) {
    wf::SupportedMethod& method = *out.add_methods();
    method.set_method_name("batchappend");
    method.set_service_name("event_store.client.streams.streams");
    out.set_event_store_server_version("23.10.8");
    return grpc::Status::OK;
  }
  static ws::BatchAppendResp success(const ws::BatchAppendReq& request, std::uint64_t revision) {
    ws::BatchAppendResp answer;
    *answer.mutable_correlation_id() = request.correlation_id();
    answer.mutable_success()->set_current_revision(revision);
    answer.mutable_success()->mutable_position()->set_commit_position(revision * 10);
    answer.mutable_success()->mutable_position()->set_prepare_position(revision * 10);
    return answer;
  }
  // Reads on, answering nothing, until the client or the server goes.
  static grpc::Status swallow(BatchStream& stream) {
    ws::BatchAppendReq request;
    while (stream.Read(&request)) {
    }
    return grpc::Status::OK;
  }
  // Answers every batch at once with revision 0.
  static grpc::Status answer_all(BatchStream& stream) {
    ws::BatchAppendReq request;
    while (stream.Read(&request)) {
      if (request.is_final()) stream.Write(success(request, 0));
    }
    return grpc::Status::OK;
  }

 private:
  class Streams final : public ws::Streams::Service {
   public:
    explicit Streams(ToyServer& toy) : toy_(toy) {}
    grpc::Status BatchAppend(grpc::ServerContext* context, BatchStream* stream) override {
      ++toy_.batch_calls;
      return toy_.batch_append ? toy_.batch_append(*context, *stream) : answer_all(*stream);
    }
    grpc::Status Append(grpc::ServerContext* context, grpc::ServerReader<ws::AppendReq>* reader,
                        ws::AppendResp* answer) override {
      ++toy_.append_calls;
      if (toy_.append) return toy_.append(*context, *reader, *answer);
      return {grpc::StatusCode::UNIMPLEMENTED, "no script"};
    }
    grpc::Status Read(grpc::ServerContext*, const ws::ReadReq* request,
                      grpc::ServerWriter<ws::ReadResp>* writer) override {
      if (toy_.read) return toy_.read(*request, *writer);
      return {grpc::StatusCode::UNIMPLEMENTED, "no script"};
    }

   private:
    ToyServer& toy_;
  };
  class Features final : public wf::ServerFeatures::Service {
   public:
    explicit Features(ToyServer& toy) : toy_(toy) {}
    grpc::Status GetSupportedMethods(grpc::ServerContext* context, const event_store::client::Empty*,
                                     wf::SupportedMethods* out) override {
      ++toy_.feature_calls;
      return toy_.features(*context, *out);
    }

   private:
    ToyServer& toy_;
  };

  int port_ = 0;
  Streams streams_{*this};
  Features features_{*this};
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> door_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace weir::connectors::eventstoredb
