#include "tests/embedded/eventstore/server_kit.hpp"

#include <grpcpp/generic/generic_stub.h>

#include <thread>

namespace weir::embedded::eventstore::testing {
namespace {

const Uuid kA{1, 1}, kB{2, 2}, kC{3, 3};

class ServerAppendTest : public ServerTest {
 protected:
  template <class Details>
  static Details details_of(const streams::BatchAppendResp& answer) {
    Details details;
    EXPECT_TRUE(answer.error().details().UnpackTo(&details)) << answer.DebugString();
    return details;
  }
};

TEST_F(ServerAppendTest, AppendAnswersRevisionPositionAndConflict) {
  const auto first = client_->append("s", no_stream, {kA, kB});
  ASSERT_TRUE(first.status.ok()) << first.status.error_message();
  EXPECT_EQ(first.response.success().current_revision(), 1u);
  EXPECT_GT(first.response.success().position().commit_position(), 0u);
  EXPECT_EQ(first.response.success().position().commit_position(),
            first.response.success().position().prepare_position());
  const auto retry = client_->append("s", no_stream, {kA, kB});
  EXPECT_EQ(retry.response.success().position().commit_position(),
            first.response.success().position().commit_position());
  const auto wrong = client_->append("s", exact(9), {kC}).response.wrong_expected_version();
  EXPECT_EQ(wrong.current_revision(), 1u);
  EXPECT_EQ(wrong.current_revision_20_6_0(), 1u);
  EXPECT_EQ(wrong.expected_revision(), 9u);
  const auto none = client_->append("t", exact(0), {kC}).response.wrong_expected_version();
  EXPECT_TRUE(none.has_current_no_stream());
  EXPECT_TRUE(none.has_no_stream_20_6_0());
  EXPECT_TRUE(client_->append("t", any, {}).response.success().has_no_stream());
}

TEST_F(ServerAppendTest, IdsSurviveARestart) {
  client_->append("s", any, {kA, kB});
  restart();
  EXPECT_EQ(client_->append("s", any, {kA, kB}).response.success().current_revision(), 1u);
  EXPECT_EQ(read(stream_request("s")).size(), 2u);
}

TEST_F(ServerAppendTest, RefusalsCarryTheirTrailers) {
  const auto large = client_->append("s", any, {kA, kB}, std::string(600'000, 'x'));
  EXPECT_EQ(large.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(large.trailers.at("exception"), "maximum-append-size-exceeded");
  EXPECT_EQ(large.trailers.at("maximum-append-size"), "1048576");

  const auto untyped =
      client_->append("s", any, {kA}, "{}", [](auto& message) { message.mutable_metadata()->erase("content-type"); });
  EXPECT_EQ(untyped.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(untyped.trailers.at("exception"), "missing-required-metadata-property");
  EXPECT_EQ(untyped.trailers.at("required-metadata-properties"), "type,content-type");

  const auto empty_type =
      client_->append("s", any, {kA}, "{}", [](auto& message) { (*message.mutable_metadata())["type"] = ""; });
  EXPECT_EQ(empty_type.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(client_->append("s", any, {Uuid{}}).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(client_->append("", any, {kA}).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(client_->append("s", [](auto&) {}, {kA}).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(read(stream_request("s")).front().has_stream_not_found());
}

TEST_F(ServerAppendTest, DeletesAndTombstones) {
  const std::string name = "s é\n%";
  const auto remove = [&](std::optional<std::uint64_t> revision, std::map<std::string, std::string>* trailers) {
    streams::DeleteReq request;
    request.mutable_options()->mutable_stream_identifier()->set_stream_name(name);
    revision ? request.mutable_options()->set_revision(*revision)
             : static_cast<void>(request.mutable_options()->mutable_any());
    streams::DeleteResp response;
    grpc::ClientContext context;
    const grpc::Status status = client_->stub->Delete(&context, request, &response);
    *trailers = Client::trailers_of(context);
    return status;
  };
  std::map<std::string, std::string> trailers;
  EXPECT_EQ(remove({}, &trailers).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(trailers.at("exception"), "wrong-expected-version");
  EXPECT_EQ(trailers.at("expected-version"), "-2");
  EXPECT_EQ(trailers.at("actual-version"), "-1");
  EXPECT_EQ(trailers.at("stream-name"), "s %C3%A9%0A%25");
  client_->append(name, any, {kA});
  EXPECT_EQ(remove(7, &trailers).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(trailers.at("expected-version"), "7");
  EXPECT_TRUE(remove(0, &trailers).ok());
  EXPECT_TRUE(read(stream_request(name)).front().has_stream_not_found());

  streams::TombstoneReq tombstone;
  tombstone.mutable_options()->mutable_stream_identifier()->set_stream_name(name);
  tombstone.mutable_options()->mutable_any();
  streams::TombstoneResp done;
  grpc::ClientContext context;
  ASSERT_TRUE(client_->stub->Tombstone(&context, tombstone, &done).ok());
  EXPECT_GT(done.position().commit_position(), 0u);
  const auto refused = client_->append(name, any, {kB});
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.trailers.at("exception"), "stream-deleted");
  grpc::Status status;
  read(stream_request(name), &status, &trailers);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(trailers.at("exception"), "stream-deleted");
}

// As a client writes a text that was cut in the middle of an emoji.
constexpr const char* kHalfASurrogate = "happened \xED\xA0\xBD";

TEST_F(ServerAppendTest, AnAppendThatCannotBeParsedIsRefusedAndNothingOfItIsStored) {
  const auto broken = [](auto& message) {
    static int count = 0;
    if (++count % 2 == 0) (*message.mutable_metadata())["type"] = kHalfASurrogate;
  };
  const auto second = client_->append("s", any, {kA, kB}, "{}", broken);
  EXPECT_EQ(second.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(second.status.error_message().find("cannot be parsed"), std::string::npos) << second.status.error_message();
  const auto id = client_->append("s", any, {kA}, "{}", [](auto& m) { m.mutable_id()->set_string(kHalfASurrogate); });
  EXPECT_EQ(id.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(read(stream_request("s")).front().has_stream_not_found());
  EXPECT_EQ(client_->append("s", any, {kA}).response.success().current_revision(), 0u);
}

TEST_F(ServerAppendTest, ABatchAppendThatCannotBeParsedEndsItsCall) {
  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  call->Write(batch_request(kA, "good", {kA}));
  streams::BatchAppendReq broken = batch_request(kB, "s", {kB, kC});
  (*broken.mutable_proposed_messages(1)->mutable_metadata())["type"] = kHalfASurrogate;
  call->Write(broken);
  call->Write(batch_request(kC, "late", {kC}));
  streams::BatchAppendResp answer;
  while (call->Read(&answer)) EXPECT_EQ(answer.stream_identifier().stream_name(), "good");
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(read(stream_request("good")).size(), 1u) << "what came before is done";
  EXPECT_TRUE(read(stream_request("s")).front().has_stream_not_found());
  EXPECT_TRUE(read(stream_request("late")).front().has_stream_not_found());
}

TEST_F(ServerAppendTest, ReadsAndDeletesThatCannotBeParsedAreRefused) {
  grpc::Status status;
  streams::ReadReq request = all_request();
  request.mutable_options()->mutable_filter()->mutable_event_type()->set_regex(kHalfASurrogate);
  request.mutable_options()->mutable_filter()->set_max(32);
  read(request, &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("cannot be parsed"), std::string::npos) << status.error_message();

  grpc::GenericStub stub(client_->channel);
  for (const char* method : {"Delete", "Tombstone"}) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const grpc::Slice rubbish("\xFF\xFF\xFF");
    const auto call = stub.PrepareUnaryCall(&context, std::string("/event_store.client.streams.Streams/") + method,
                                            grpc::ByteBuffer(&rubbish, 1), &queue);
    grpc::ByteBuffer answer;
    call->StartCall();
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
  }
}

TEST_F(ServerAppendTest, ACorrelationIdComesBackInTheFormInWhichItWasSent) {
  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  streams::BatchAppendReq request = batch_request(kA, "s", {kB});
  request.mutable_correlation_id()->set_string("0000000A-0000-0000-0000-00000000000b");
  call->Write(request);
  streams::BatchAppendResp answer;
  ASSERT_TRUE(call->Read(&answer));
  EXPECT_EQ(answer.correlation_id().string(), "0000000A-0000-0000-0000-00000000000b") << answer.DebugString();
  call->WritesDone();
  EXPECT_TRUE(call->Finish().ok());
}

TEST_F(ServerAppendTest, BatchAppendsMayInterleave) {
  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  const Uuid first{10, 1}, second{10, 2}, stranger{10, 3};
  streams::BatchAppendReq part = batch_request(first, "s", {kA});
  part.set_is_final(false);
  call->Write(part);
  call->Write(batch_request(second, "t", {kB}));
  streams::BatchAppendReq unknown;  // no options, not begun: ignored
  set_uuid(stranger, *unknown.mutable_correlation_id());
  unknown.set_is_final(true);
  call->Write(unknown);
  streams::BatchAppendResp answer;
  ASSERT_TRUE(call->Read(&answer));
  EXPECT_EQ(answer.correlation_id().structured().least_significant_bits(), 2);
  EXPECT_EQ(answer.stream_identifier().stream_name(), "t");
  streams::BatchAppendReq rest = batch_request(first, "ignored", {kC});  // options of a known id are ignored
  call->Write(rest);
  ASSERT_TRUE(call->Read(&answer));
  EXPECT_EQ(answer.correlation_id().structured().least_significant_bits(), 1);
  EXPECT_EQ(answer.stream_identifier().stream_name(), "s");
  EXPECT_TRUE(answer.has_any());
  EXPECT_EQ(answer.success().current_revision(), 1u);
  call->WritesDone();
  EXPECT_FALSE(call->Read(&answer));
  EXPECT_TRUE(call->Finish().ok());
}

TEST_F(ServerAppendTest, BatchFailuresAreAnswers) {
  client_->append("dead", any, {kA});
  streams::TombstoneReq tombstone;
  tombstone.mutable_options()->mutable_stream_identifier()->set_stream_name("dead");
  tombstone.mutable_options()->mutable_any();
  streams::TombstoneResp done;
  grpc::ClientContext tombstone_context;
  ASSERT_TRUE(client_->stub->Tombstone(&tombstone_context, tombstone, &done).ok());

  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  streams::BatchAppendResp answer;
  const auto ask = [&](const streams::BatchAppendReq& request) {
    call->Write(request);
    EXPECT_TRUE(call->Read(&answer));
    return answer.error().code();
  };
  streams::BatchAppendReq request = batch_request(kA, "s", {kB});
  request.mutable_options()->set_stream_position(4);
  EXPECT_EQ(ask(request), google::rpc::ALREADY_EXISTS);
  EXPECT_TRUE(details_of<proto::WrongExpectedVersion>(answer).has_current_no_stream());
  EXPECT_EQ(details_of<proto::WrongExpectedVersion>(answer).expected_stream_position(), 4u);

  EXPECT_EQ(ask(batch_request(kA, "dead", {kB})), google::rpc::NOT_FOUND);
  EXPECT_EQ(details_of<proto::StreamDeleted>(answer).stream_identifier().stream_name(), "dead");

  request = batch_request(kA, "s", {kB});
  request.mutable_proposed_messages(0)->set_data(std::string(1'100'000, 'x'));
  EXPECT_EQ(ask(request), google::rpc::INVALID_ARGUMENT);
  EXPECT_EQ(details_of<proto::MaximumAppendSizeExceeded>(answer).maxappendsize(), 1'048'576u);

  request = batch_request(kA, "s", {kB});
  request.mutable_proposed_messages(0)->mutable_metadata()->erase("type");
  EXPECT_EQ(ask(request), google::rpc::INVALID_ARGUMENT);
  EXPECT_NE(details_of<proto::BadRequest>(answer).message().find("type"), std::string::npos);

  request = batch_request(kA, "s", {kB});
  request.mutable_options()->mutable_deadline()->set_nanos(-1);
  EXPECT_EQ(ask(request), google::rpc::DEADLINE_EXCEEDED);
  request = batch_request(kA, "s", {kB});
  request.mutable_options()->mutable_deadline_21_10_0()->set_seconds(1'000'000'000);  // in 2001
  EXPECT_EQ(ask(request), google::rpc::DEADLINE_EXCEEDED);
  details_of<proto::Timeout>(answer);

  request = batch_request(kA, "s", {kB});
  request.mutable_options()->mutable_deadline()->set_nanos(50'000'000);
  request.set_is_final(false);  // begun and never ended
  EXPECT_EQ(ask(request), google::rpc::DEADLINE_EXCEEDED);
  EXPECT_EQ(ask(batch_request(kA, "s", {kB})), google::rpc::OK) << "the call lives on";
  EXPECT_EQ(answer.success().current_revision(), 0u);
  call->WritesDone();
  EXPECT_TRUE(call->Finish().ok());
}

TEST_F(ServerAppendTest, UnfinishedAppendsAreBounded) {
  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  std::thread sender([&] {
    for (std::uint64_t i = 0; i < 1100; ++i) {
      streams::BatchAppendReq request = batch_request(Uuid{i, 1}, "s", {});
      request.set_is_final(false);
      call->Write(request);
    }
    call->WritesDone();
  });
  streams::BatchAppendResp answer;
  ASSERT_TRUE(call->Read(&answer));
  EXPECT_EQ(answer.error().code(), google::rpc::INVALID_ARGUMENT) << answer.DebugString();
  while (call->Read(&answer)) {
  }
  sender.join();
  EXPECT_TRUE(call->Finish().ok());
}

TEST_F(ServerAppendTest, AClientThatNeverReadsItsAnswersIsHeldBack) {
  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  std::atomic<std::uint64_t> sent{0};
  std::thread sender([&] {
    for (std::uint64_t i = 0; i < 2'000'000; ++i) {
      if (!call->Write(batch_request(Uuid{i, 1}, "s", {}))) return;
      sent.fetch_add(1);
    }
  });
  std::uint64_t before = 1;
  for (int i = 0; i < 100 && before != sent.load(); ++i) {
    before = sent.load();
    // lint: allow sleep, because what the server does not do, in real time, is the test
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_LT(sent.load(), 2'000'000u);
  EXPECT_TRUE(client_->append("other", any, {kA}).status.ok()) << "others are served meanwhile";
  context.TryCancel();
  sender.join();
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ServerAppendTest, StoppingAnswersWhatWasAccepted) {
  grpc::ClientContext context;
  const auto call = client_->stub->BatchAppend(&context);
  for (std::uint64_t i = 1; i <= 500; ++i) call->Write(batch_request(Uuid{i, 1}, "s", {Uuid{i, 2}}));
  streams::BatchAppendResp answer;
  ASSERT_TRUE(call->Read(&answer));
  std::thread stopper([&] { server_->stop(); });
  std::uint64_t received = 1;
  while (call->Read(&answer)) received += answer.has_success() ? 1 : 0;
  EXPECT_EQ(call->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  stopper.join();
  const std::uint64_t answered = server_->stats().acknowledged;
  restart();
  EXPECT_EQ(read(stream_request("s")).size(), answered);
  // A gRPC client that is told of an error gives up what it has not read yet, so that it may have seen fewer: what
  // counts is what the server sent.
  EXPECT_LE(received, answered);
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
