// A served store and a client of generated stubs, over loopback.
#pragma once

#include "embedded/eventstore/server.hpp"
#include "proto/streams.grpc.pb.h"
#include "tests/embedded/eventstore/store_kit.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace weir::embedded::eventstore::testing {

namespace proto = event_store::client;
namespace streams = event_store::client::streams;

inline void set_uuid(const Uuid& id, proto::UUID& out) {
  out.mutable_structured()->set_most_significant_bits(static_cast<std::int64_t>(id.high));
  out.mutable_structured()->set_least_significant_bits(static_cast<std::int64_t>(id.low));
}

template <class Message>
void propose(Message& out, const Uuid& id, std::string data = "{}") {
  set_uuid(id, *out.mutable_id());
  (*out.mutable_metadata())["type"] = "happened";
  (*out.mutable_metadata())["content-type"] = "application/json";
  out.set_data(std::move(data));
}

class Client {
 public:
  explicit Client(std::uint16_t port)
      : channel(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(),
                                          arguments())),
        stub(streams::Streams::NewStub(channel)) {}

  struct Outcome {
    grpc::Status status;
    streams::AppendResp response;
    std::map<std::string, std::string> trailers;
  };

  // One classic append; `edit` may change each message before it is sent.
  Outcome append(const std::string& stream, const std::function<void(streams::AppendReq::Options&)>& expect,
                 const std::vector<Uuid>& ids, const std::string& data = "{}",
                 const std::function<void(streams::AppendReq::ProposedMessage&)>& edit = {}) {
    Outcome out;
    grpc::ClientContext context;
    const auto call = stub->Append(&context, &out.response);
    streams::AppendReq request;
    request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
    expect(*request.mutable_options());
    call->Write(request);
    for (const Uuid& id : ids) {
      streams::AppendReq message;
      propose(*message.mutable_proposed_message(), id, data);
      if (edit) edit(*message.mutable_proposed_message());
      if (!call->Write(message)) break;
    }
    call->WritesDone();
    out.status = call->Finish();
    out.trailers = trailers_of(context);
    return out;
  }

  static std::map<std::string, std::string> trailers_of(const grpc::ClientContext& context) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
      out.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    return out;
  }

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<streams::Streams::Stub> stub;

 private:
  static grpc::ChannelArguments arguments() {
    grpc::ChannelArguments out;
    out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return out;
  }
};

inline void any(streams::AppendReq::Options& options) {
  options.mutable_any();
}
inline void no_stream(streams::AppendReq::Options& options) {
  options.mutable_no_stream();
}
inline std::function<void(streams::AppendReq::Options&)> exact(std::uint64_t revision) {
  return [revision](streams::AppendReq::Options& options) {
    options.set_revision(revision);
  };
}

// One request of a batch append, complete in itself.
inline streams::BatchAppendReq batch_request(const Uuid& correlation, const std::string& stream,
                                             const std::vector<Uuid>& ids) {
  streams::BatchAppendReq request;
  set_uuid(correlation, *request.mutable_correlation_id());
  request.mutable_options()->mutable_stream_identifier()->set_stream_name(stream);
  request.mutable_options()->mutable_any();
  for (const Uuid& id : ids) propose(*request.add_proposed_messages(), id);
  request.set_is_final(true);
  return request;
}

inline streams::ReadReq all_request() {
  streams::ReadReq request;
  auto& options = *request.mutable_options();
  options.mutable_all()->mutable_start();
  options.mutable_no_filter();
  options.mutable_uuid_option()->mutable_structured();
  options.set_count(1'000'000);
  return request;
}

inline streams::ReadReq stream_request(const std::string& stream) {
  streams::ReadReq request = all_request();
  request.mutable_options()->mutable_stream()->mutable_stream_identifier()->set_stream_name(stream);
  request.mutable_options()->mutable_stream()->mutable_start();
  return request;
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void start() {
    Server::Options options;
    options.port = 0;
    options.data_dir = dir_.path();
    options.sync = false;  // no machine crashes here, and a write that a busy disk holds up for two seconds times out
    Result<std::unique_ptr<Server>> started = Server::start(options);
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
    client_ = std::make_unique<Client>(server_->port());
  }
  void restart() {
    client_.reset();
    server_.reset();
    start();
  }

  std::vector<streams::ReadResp> read(const streams::ReadReq& request, grpc::Status* status = nullptr,
                                      std::map<std::string, std::string>* trailers = nullptr) {
    grpc::ClientContext context;
    const auto call = client_->stub->Read(&context, request);
    std::vector<streams::ReadResp> out;
    streams::ReadResp message;
    while (call->Read(&message)) out.push_back(message);
    const grpc::Status finished = call->Finish();
    if (status != nullptr) *status = finished;
    if (trailers != nullptr) *trailers = Client::trailers_of(context);
    return out;
  }

  TempDir dir_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

}  // namespace weir::embedded::eventstore::testing
