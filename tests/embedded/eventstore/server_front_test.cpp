#include "proto/gossip.grpc.pb.h"
#include "proto/persistent_subscriptions.grpc.pb.h"
#include "proto/server_features.grpc.pb.h"
#include "tests/embedded/eventstore/server_kit.hpp"

#include <grpcpp/generic/generic_stub.h>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace weir::embedded::eventstore::testing {
namespace {

class ServerFrontTest : public ServerTest {
 protected:
  int dial(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
  }
  int dial() { return dial(server_->port()); }
  static void send_all(int socket, std::string_view bytes) {
    (void)!::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  static std::string receive_all(int socket) {
    timeval patience{15, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string out;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<std::size_t>(size));
    return out;
  }
};

TEST_F(ServerFrontTest, FeaturesAndGossip) {
  grpc::ClientContext context;
  proto::server_features::SupportedMethods methods;
  ASSERT_TRUE(proto::server_features::ServerFeatures::NewStub(client_->channel)
                  ->GetSupportedMethods(&context, {}, &methods)
                  .ok());
  EXPECT_EQ(methods.event_store_server_version(), "23.10.8");
  bool batch_append = false;
  for (const auto& method : methods.methods()) {
    batch_append |= method.service_name() == "event_store.client.streams.streams" &&
                    method.method_name() == "batchappend" && method.features_size() == 1 &&
                    method.features(0) == "deadline_duration";
    EXPECT_EQ(method.service_name().find("persistent"), std::string::npos);
  }
  EXPECT_TRUE(batch_append);

  grpc::ClientContext gossip_context;
  proto::gossip::ClusterInfo cluster;
  ASSERT_TRUE(proto::gossip::Gossip::NewStub(client_->channel)->Read(&gossip_context, {}, &cluster).ok());
  ASSERT_EQ(cluster.members_size(), 1);
  EXPECT_EQ(cluster.members(0).state(), proto::gossip::MemberInfo::Leader);
  EXPECT_TRUE(cluster.members(0).is_alive());
  EXPECT_EQ(cluster.members(0).http_end_point().address(), "127.0.0.1");
  EXPECT_EQ(cluster.members(0).http_end_point().port(), server_->port());

  grpc::ClientContext list_context;
  proto::persistent_subscriptions::ListResp list;
  const auto persistent = proto::persistent_subscriptions::PersistentSubscriptions::NewStub(client_->channel);
  EXPECT_EQ(persistent->List(&list_context, {}, &list).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Client::trailers_of(list_context).at("exception"), "persistent-subscription-does-not-exist");
}

TEST_F(ServerFrontTest, WhatThereIsNotIsSaidByName) {
  grpc::ClientContext context;
  proto::persistent_subscriptions::CreateResp created;
  const auto persistent = proto::persistent_subscriptions::PersistentSubscriptions::NewStub(client_->channel);
  const grpc::Status status = persistent->Create(&context, {}, &created);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_NE(status.error_message().find("has no persistent subscriptions"), std::string::npos);

  grpc::GenericStub any_call(client_->channel);
  const auto text_of = [&](const std::string& method) {
    grpc::ClientContext call_context;
    grpc::CompletionQueue queue;
    const grpc::ByteBuffer nothing;
    grpc::ByteBuffer answer;
    const auto call = any_call.PrepareUnaryCall(&call_context, method, nothing, &queue);
    grpc::Status out;
    call->StartCall();
    call->Finish(&answer, &out, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    EXPECT_EQ(out.error_code(), grpc::StatusCode::UNIMPLEMENTED);
    return out.error_message();
  };
  EXPECT_NE(text_of("/event_store.client.projections.Projections/Create").find("projections"), std::string::npos);
  EXPECT_NE(text_of("/some.Other/Call").find("/some.Other/Call"), std::string::npos);
}

TEST_F(ServerFrontTest, HttpOnTheSamePort) {
  const int socket = dial();
  send_all(socket, "GET /hea");
  send_all(socket, "lth/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(receive_all(socket).starts_with("HTTP/1.1 204"));
  ::close(socket);
}

TEST_F(ServerFrontTest, AHundredMayPostAtATime) {
  std::vector<int> sockets;
  for (int i = 0; i < 100; ++i) {
    sockets.push_back(dial());
    send_all(sockets.back(), "POST /streams/s HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    char answer[12] = {};
    EXPECT_EQ(::recv(sockets.back(), answer, sizeof answer, MSG_WAITALL), 12) << i;
    EXPECT_EQ(std::string_view(answer, sizeof answer), "HTTP/1.1 100") << i;
  }
  for (const int socket : sockets) ::close(socket);
}

TEST_F(ServerFrontTest, HostileBytesHurtNobody) {
  std::vector<int> sockets;
  for (const std::string& bytes :
       {std::string("P"), std::string("PR"), std::string("PRI"), std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("PRI rubbish rubbish rubbish rubbish"), std::string(200, '\0'),
        std::string("\x16\x03\x01\x02\x00\x01"), "GET /" + std::string(20'000, 'a'),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string(5000, '\xff')}) {
    sockets.push_back(dial());
    send_all(sockets.back(), bytes);
  }
  for (int i = 0; i < 20; ++i) sockets.push_back(dial());  // that say nothing
  for (int i = 0; i < 50; ++i) {
    std::string rubbish;
    for (int j = 0; j < 64; ++j) rubbish += Uuid::random().str();
    const int socket = dial();
    send_all(socket, i % 2 == 0 ? rubbish : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + rubbish);
    ::close(socket);
  }
  EXPECT_TRUE(client_->append("s", any, {Uuid::random()}).status.ok());
  const int health = dial();
  send_all(health, "GET /health/live HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(receive_all(health).starts_with("HTTP/1.1 204"));
  sockets.push_back(health);
  const std::string answer = receive_all(sockets[7]);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431")) << answer.substr(0, 60);
  for (const int socket : sockets) ::close(socket);
}

TEST_F(ServerFrontTest, TheSilentAreClosedAfterAWhile) {
  const int silent = dial();
  const int half = dial();
  send_all(half, "GET /heal");
  EXPECT_EQ(receive_all(silent), "");
  EXPECT_TRUE(receive_all(half).starts_with("HTTP/1.1 408"));
  ::close(silent);
  ::close(half);
}

TEST_F(ServerFrontTest, AnOversizedMessageIsRefused) {
  const auto outcome = client_->append("s", any, {Uuid::random()}, std::string(17 << 20, 'x'));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << outcome.status.error_message();
  EXPECT_TRUE(client_->append("s", any, {Uuid::random()}).status.ok());
}

TEST_F(ServerFrontTest, ATakenPortAndATakenDirectoryAreToldApart) {
  TempDir other;
  Server::Options options;
  options.port = server_->port();
  options.data_dir = other.path();
  Result<std::unique_ptr<Server>> second = Server::start(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::already_exists);
  EXPECT_NE(second.error().message().find(std::to_string(server_->port())), std::string::npos);
  options.port = 0;
  options.data_dir = dir_.path();
  second = Server::start(options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message().find("in use by another event store"), std::string::npos);
  options.host = "no.such.host.invalid";
  second = Server::start(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::invalid_argument);
}

TEST_F(ServerFrontTest, GRPCOutlivesTheServer) {
  client_.reset();
  server_.reset();
  EXPECT_TRUE(grpc_is_initialized()) << "its end may take ten seconds, which a stop must not";
}

// A process of its own is killed while it acknowledges appends;
// whatever it acknowledged is there afterwards, each event once.
TEST_F(ServerFrontTest, NothingAcknowledgedIsLostWhenTheProcessIsKilled) {
  server_->stop();
  std::map<std::string, std::uint64_t> acknowledged;
  for (int round = 0; round < 3; ++round) {
    int out[2];
    ASSERT_EQ(::pipe(out), 0);
    const std::string directory = dir_.path().string();
    const pid_t store = ::fork();
    if (store == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::execl(WEIR_BINARY_DIR "/tests/embedded/eventstore/embedded_store_main", "embedded_store_main",
              directory.c_str(), "0", nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::string line;
    for (char c; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    ASSERT_TRUE(line.starts_with("listening ")) << line;

    Client client(static_cast<std::uint16_t>(std::stoi(line.substr(10))));
    grpc::ClientContext context;
    const auto call = client.stub->BatchAppend(&context);
    std::thread sender([&] {
      const std::uint64_t base = static_cast<std::uint64_t>(round) * 1'000'000;
      for (std::uint64_t i = 1; call->Write(
               batch_request(Uuid{base + i, 1}, "k" + std::to_string(i % 5), {Uuid{base + i, 2}, Uuid{base + i, 3}}));
           ++i) {
      }
    });
    streams::BatchAppendResp answer;
    int successes = 0;
    while (call->Read(&answer)) {
      if (!answer.has_success()) {  // on a busy disk a write may time out, which acknowledges nothing
        EXPECT_EQ(answer.error().code(), google::rpc::DEADLINE_EXCEEDED) << answer.DebugString();
        continue;
      }
      acknowledged[answer.stream_identifier().stream_name()] = answer.success().current_revision();
      if (++successes == 1500) ::kill(store, SIGKILL);
    }
    EXPECT_GE(successes, 1500);
    sender.join();
    call->Finish();
    int status = 0;
    ::waitpid(store, &status, 0);
  }
  restart();
  for (const auto& [stream, revision] : acknowledged) {
    const auto messages = read(stream_request(stream));
    ASSERT_GT(messages.size(), revision) << stream;
    std::set<std::pair<std::int64_t, std::int64_t>> ids;
    std::uint64_t next = 0;
    for (const auto& message : messages) {
      EXPECT_EQ(message.event().event().stream_revision(), next++);
      const auto& id = message.event().event().id().structured();
      EXPECT_TRUE(ids.emplace(id.most_significant_bits(), id.least_significant_bits()).second) << "written twice";
    }
    EXPECT_EQ(messages.size() % 2, 0u) << "an append is there as a whole or not at all";
  }
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
