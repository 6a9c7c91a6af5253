#include "tests/embedded/eventstore/server_kit.hpp"

#include <grpcpp/generic/generic_stub.h>

#include <set>
#include <thread>

namespace weir::embedded::eventstore::testing {
namespace {

class ServerReadTest : public ServerTest {
 protected:
  streams::ReadReq subscribe(streams::ReadReq request) {
    request.mutable_options()->mutable_subscription();
    return request;
  }
};

TEST_F(ServerReadTest, EventsCarryWhatClientsNeed) {
  const Uuid id{0x0102030405060708, 0xF1F2F3F4F5F6F7F8};
  client_->append("s", any, {id}, R"({"a":1})", [](auto& message) { message.set_custom_metadata("mine"); });
  auto messages = read(stream_request("s"));
  ASSERT_EQ(messages.size(), 1u);
  const auto& event = messages[0].event().event();
  EXPECT_EQ(event.metadata().at("type"), "happened");
  EXPECT_EQ(event.metadata().at("content-type"), "application/json");
  EXPECT_GT(std::stoll(event.metadata().at("created")), 17'000'000'000'000'000);
  EXPECT_EQ(event.custom_metadata(), "mine");
  EXPECT_EQ(event.data(), R"({"a":1})");
  EXPECT_EQ(static_cast<std::uint64_t>(event.id().structured().least_significant_bits()), id.low);
  EXPECT_EQ(messages[0].event().commit_position(), event.commit_position());

  streams::ReadReq request = stream_request("s");
  request.mutable_options()->mutable_uuid_option()->mutable_string();
  request.mutable_options()->mutable_control_option()->set_compatibility(1);
  messages = read(request);
  EXPECT_EQ(messages.at(0).event().event().id().string(), "01020304-0506-0708-f1f2-f3f4f5f6f7f8");
  EXPECT_EQ(messages.at(1).last_stream_position(), 0u);
}

// A client whose side is still open would be reset.
TEST_F(ServerReadTest, AReadEndsOnlyAfterTheClientHasEndedItsSide) {
  grpc::GenericStub stub(client_->channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, "/event_store.client.streams.Streams/Read", &queue);
  const auto next = [&](int patience_ms) {
    void* tag = nullptr;
    bool ok = false;
    const auto got = queue.AsyncNext(
        &tag, &ok, gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_millis(patience_ms, GPR_TIMESPAN)));
    return got == grpc::CompletionQueue::GOT_EVENT ? std::string(static_cast<const char*>(tag)) + (ok ? "" : " ended")
                                                   : std::string();
  };
  constexpr int kPatience = 20'000;
  const auto tag = [](const char* name) {
    return const_cast<char*>(name);
  };
  call->StartCall(tag("start"));
  EXPECT_EQ(next(kPatience), "start");
  const std::string request = stream_request("missing").SerializeAsString();
  const grpc::Slice slice(request);
  call->Write(grpc::ByteBuffer(&slice, 1), tag("write"));
  EXPECT_EQ(next(kPatience), "write");
  grpc::ByteBuffer answer;
  call->Read(&answer, tag("read"));
  EXPECT_EQ(next(kPatience), "read");
  call->Read(&answer, tag("read"));
  EXPECT_EQ(next(200), "") << "the read has ended, though the client may still say something";
  call->WritesDone(tag("done"));
  std::set<std::string> last = {next(kPatience), next(kPatience)};
  EXPECT_EQ(last, (std::set<std::string>{"done", "read ended"}));
  grpc::Status status;
  call->Finish(&status, tag("finish"));
  EXPECT_EQ(next(kPatience), "finish");
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(ServerReadTest, AFreshLogHoldsSystemEvents) {
  const auto messages = read(all_request());
  EXPECT_GT(messages.size(), 10u);
  for (const auto& message : messages)
    EXPECT_EQ(message.event().event().stream_identifier().stream_name().front(), '$');
  restart();
  EXPECT_EQ(read(all_request()).size(), messages.size());
}

TEST_F(ServerReadTest, CombinationsWithoutMeaningAreRefused) {
  const auto code = [&](const std::function<void(streams::ReadReq::Options&)>& edit,
                        streams::ReadReq request = all_request()) {
    edit(*request.mutable_options());
    grpc::Status status;
    read(request, &status);
    return status.error_code();
  };
  const auto refused = grpc::StatusCode::INVALID_ARGUMENT;
  EXPECT_EQ(code([](auto&) {}), grpc::StatusCode::OK);
  EXPECT_EQ(code([](auto& o) { o.clear_uuid_option(); }), refused);
  EXPECT_EQ(code([](auto& o) { o.clear_filter_option(); }), refused);
  EXPECT_EQ(code([](auto& o) { o.clear_count_option(); }), refused);
  EXPECT_EQ(code([](auto& o) { o.clear_stream_option(); }), refused);
  EXPECT_EQ(code([](auto& o) { o.mutable_all()->clear_all_option(); }), refused);
  EXPECT_EQ(code([](auto& o) { o.mutable_all()->mutable_position()->set_prepare_position(1); }), refused);
  EXPECT_EQ(code([](auto& o) {
              o.mutable_all()->mutable_position()->set_commit_position(1'000'000);
              o.mutable_all()->mutable_position()->set_prepare_position(1'000'000);
            }),
            refused);
  EXPECT_EQ(code([](auto& o) {
              o.mutable_subscription();
              o.set_read_direction(streams::ReadReq::Options::Backwards);
            }),
            refused);
  EXPECT_EQ(code([](auto& o) { o.mutable_filter(); }), refused);
  EXPECT_EQ(code([](auto& o) {
              o.mutable_filter()->mutable_event_type()->set_regex("(");
              o.mutable_filter()->set_max(1);
            }),
            refused);
  EXPECT_EQ(code([](auto& o) {
              o.mutable_subscription();
              o.mutable_filter()->mutable_event_type()->add_prefix("x");
              o.mutable_filter()->set_max(1);
            }),
            refused)
      << "a multiplier of 0";
  EXPECT_EQ(code(
                [](auto& o) {
                  o.mutable_filter()->mutable_event_type()->add_prefix("x");
                  o.mutable_filter()->set_max(1);
                },
                stream_request("s")),
            refused);
  EXPECT_EQ(code([](auto& o) { o.mutable_stream()->clear_stream_identifier(); }, stream_request("s")), refused);
  EXPECT_EQ(code([](auto& o) { o.mutable_stream()->clear_revision_option(); }, stream_request("s")), refused);
}

// Writers keep writing while subscribers catch up and go live: each sees everything once and in order.
TEST_F(ServerReadTest, NothingIsLostOrRepeatedBetweenCatchingUpAndLivingOn) {
  constexpr int kWriters = 4;
  constexpr int kAppends = 400;
  const auto write = [&](int writer) {
    Client own(server_->port());
    grpc::ClientContext context;
    const auto call = own.stub->BatchAppend(&context);
    std::thread reader([&] {
      streams::BatchAppendResp answer;
      while (call->Read(&answer)) EXPECT_TRUE(answer.has_success());
    });
    for (std::uint64_t i = 1; i <= kAppends; ++i) {
      call->Write(batch_request(Uuid{i, 1}, "s" + std::to_string(writer % 2), {Uuid::random(), Uuid::random()}));
      // lint: allow sleep, because real threads and sockets are to meet in many orders
      if (i % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    call->WritesDone();
    reader.join();
    EXPECT_TRUE(call->Finish().ok());
  };
  const auto watch_stream = [&] {
    Client own(server_->port());
    grpc::ClientContext context;
    const auto call = own.stub->Read(&context, subscribe(stream_request("s1")));
    streams::ReadResp message;
    std::uint64_t next = 0;
    ASSERT_TRUE(call->Read(&message));
    EXPECT_TRUE(message.has_confirmation());
    while (next < 2 * 2 * kAppends && call->Read(&message)) {
      if (!message.has_event()) continue;
      EXPECT_EQ(message.event().event().stream_revision(), next++);
    }
    EXPECT_EQ(next, 2u * 2 * kAppends);
    context.TryCancel();
  };
  const auto watch_all = [&] {
    Client own(server_->port());
    grpc::ClientContext context;
    streams::ReadReq request = subscribe(all_request());
    auto& filter = *request.mutable_options()->mutable_filter();
    filter.mutable_stream_identifier()->add_prefix("s");
    filter.set_max(32);
    filter.set_checkpointintervalmultiplier(1);
    const auto call = own.stub->Read(&context, request);
    streams::ReadResp message;
    std::uint64_t last = 0;
    std::uint64_t checkpoint = 0;
    std::map<std::string, std::uint64_t> next;
    for (int seen = 0; seen < kWriters * 2 * kAppends && call->Read(&message);) {
      if (message.has_checkpoint()) {
        EXPECT_GT(message.checkpoint().commit_position(), checkpoint);
        checkpoint = message.checkpoint().commit_position();
        EXPECT_GE(checkpoint, last);
      }
      if (!message.has_event()) continue;
      ++seen;
      EXPECT_GT(message.event().commit_position(), last);
      last = message.event().commit_position();
      EXPECT_EQ(message.event().event().stream_revision(),
                next[message.event().event().stream_identifier().stream_name()]++);
    }
    EXPECT_EQ(next["s0"] + next["s1"], static_cast<std::uint64_t>(kWriters * 2 * kAppends));
    EXPECT_GT(checkpoint, 0u);
    context.TryCancel();
  };
  std::vector<std::thread> threads;
  threads.emplace_back(watch_all);
  for (int writer = 0; writer < kWriters; ++writer) threads.emplace_back(write, writer);
  threads.emplace_back(watch_stream);
  // lint: allow sleep, because real threads and sockets are to meet in many orders
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  threads.emplace_back(watch_all);
  threads.emplace_back(watch_stream);
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ServerReadTest, ASlowSubscriberHoldsNobodyUpAndMissesNothing) {
  grpc::ClientContext context;
  const auto call = client_->stub->Read(&context, subscribe(stream_request("s")));
  streams::ReadResp message;
  ASSERT_TRUE(call->Read(&message));
  constexpr std::uint64_t kAppends = 60;
  for (std::uint64_t i = 1; i <= kAppends; ++i) {
    ASSERT_TRUE(client_->append("s", any, {Uuid{i, 1}}, std::string(500'000, 'x')).status.ok());
  }
  EXPECT_EQ(server_->stats().subscriptions, 1u);
  std::uint64_t next = 0;
  while (next < kAppends && call->Read(&message)) {
    if (!message.has_event()) continue;
    EXPECT_EQ(message.event().event().stream_revision(), next++);
  }
  EXPECT_EQ(next, kAppends);
  context.TryCancel();
}

TEST_F(ServerReadTest, StoppingEndsSubscriptions) {
  grpc::ClientContext context;
  const auto call = client_->stub->Read(&context, subscribe(all_request()));
  streams::ReadResp message;
  while (call->Read(&message) && !message.has_caught_up()) {
  }
  std::thread stopper([&] { server_->stop(); });
  EXPECT_FALSE(call->Read(&message));
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopper.join();
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
