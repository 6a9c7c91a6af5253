// GrpcClient against a scripted server that answers late, wrongly, out of order or never.
#include "connectors/eventstoredb/grpc_client.hpp"

#include "pipeline/base/task_group.hpp"
#include "tests/connectors/eventstoredb/far_away.hpp"
#include "tests/connectors/eventstoredb/toy_certificate.hpp"
#include "tests/connectors/eventstoredb/toy_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <set>

namespace weir::connectors::eventstoredb {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
namespace wire = event_store::client;

// The client under test on this thread's io_context; real time, deadlines kept short.
class GrpcClientTest : public ::testing::Test {
 protected:
  std::shared_ptr<StoreClient> connect(const std::string& url) {
    Result<ParsedConnectionString> parsed = parse_connection_string(url);
    EXPECT_TRUE(parsed.has_value()) << url;
    Result<std::shared_ptr<StoreClient>> client = make_grpc_client(parsed->settings);
    EXPECT_TRUE(client.has_value());
    return *client;
  }

  template <class T>
  static Task<void> store(Task<Result<T>> task, std::optional<Result<T>>& place) {
    Result<T> value = co_await std::move(task);
    place.emplace(std::move(value));
  }
  template <class T>
  Result<T> run(Task<Result<T>> task) {
    std::optional<Result<T>> place;
    tasks_.spawn("call", store<T>(std::move(task), place));
    run_all();
    return place.has_value() ? std::move(*place) : Result<T>(Error(Errc::internal, "the call never ended"));
  }
  void run_all() {
    io_.restart();
    io_.run_for(20s);
    EXPECT_TRUE(tasks_.empty()) << "a call did not end";
  }

  static Task<Result<AppendOutcome>> append_one(StoreClient& client, std::string stream, std::string data = "{}") {
    NewEvent event;
    event.id = Uuid::random();
    event.type = "T";
    event.data = data;
    const std::vector<NewEvent> events = {event};
    const std::span<const NewEvent> view = events;
    const ExpectedRevision expected = ExpectedRevision::any();
    Result<AppendOutcome> outcome = co_await client.append(std::move(stream), expected, view);
    co_return outcome;
  }
  Result<AppendOutcome> append(StoreClient& client, std::string stream = "s", std::string data = "{}") {
    return run(append_one(client, std::move(stream), std::move(data)));
  }
  static Errc code(const Result<AppendOutcome>& outcome) {
    return outcome.has_error() ? outcome.error().code() : Errc{-1};
  }

  boost::asio::io_context io_{1};
  TaskGroup tasks_{io_.get_executor()};
};

TEST_F(GrpcClientTest, AnswersOutOfOrderAreMatchedByTheirIdsOnOneCall) {
  ToyServer server;
  constexpr std::size_t kAppends = 50;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    std::vector<ws::BatchAppendReq> requests(kAppends);
    for (ws::BatchAppendReq& request : requests) {
      if (!stream.Read(&request)) return grpc::Status::OK;
    }
    ws::BatchAppendResp stranger;
    stranger.mutable_correlation_id()->set_string("00000000-0000-0000-0000-000000000001");
    stranger.mutable_success();
    stream.Write(stranger);
    stream.Write(ws::BatchAppendResp());  // no id at all
    for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
      stream.Write(ToyServer::success(*request, std::stoul(request->options().stream_identifier().stream_name())));
    }
    return ToyServer::swallow(stream);
  };
  auto client = connect(server.url());
  ASSERT_TRUE(run(client->server_info()).has_value());
  std::vector<std::optional<Result<AppendOutcome>>> places(kAppends);
  for (std::size_t i = 0; i < kAppends; ++i) {
    tasks_.spawn("append", store<AppendOutcome>(append_one(*client, std::to_string(i)), places[i]));
  }
  run_all();
  for (std::size_t i = 0; i < kAppends; ++i) {
    ASSERT_TRUE(places[i].has_value() && places[i]->has_value());
    EXPECT_EQ(std::get<Appended>(**places[i]).revision, i);
    EXPECT_EQ(std::get<Appended>(**places[i]).position, (LogPosition{i * 10, i * 10}));
  }
  EXPECT_EQ(server.batch_calls, 1);
  EXPECT_EQ(server.feature_calls, 1);
}

TEST_F(GrpcClientTest, AServerThatNeverAnswersEndsInAnUnknownOutcomeAndAFreshCall) {
  ToyServer server;
  server.batch_append = [&server](grpc::ServerContext&, BatchStream& stream) {
    return server.batch_calls == 1 ? ToyServer::swallow(stream) : ToyServer::answer_all(stream);
  };
  auto client = connect(server.url("&defaultDeadline=1000"));
  ASSERT_TRUE(run(client->server_info()).has_value());  // the deadline is the append's alone
  const Result<AppendOutcome> first = append(*client);
  ASSERT_EQ(code(first), Errc::unknown_outcome);
  EXPECT_THAT(first.error().message(), HasSubstr("did not answer an append within 1000 ms"));
  Result<AppendOutcome> second = append(*client);
  if (second.has_error()) second = append(*client);  // the old call may just be ending
  EXPECT_TRUE(second.has_value());
  EXPECT_EQ(server.batch_calls, 2);
}

TEST_F(GrpcClientTest, ACallThatBreaksMidWayLeavesUnknownOutcomesAndTheNextOneIsFresh) {
  ToyServer server;
  server.batch_append = [&server](grpc::ServerContext&, BatchStream& stream) {
    if (server.batch_calls > 1) return ToyServer::answer_all(stream);
    ws::BatchAppendReq request;
    for (int i = 0; i < 3; ++i) stream.Read(&request);
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going down");
  };
  auto client = connect(server.url());
  ASSERT_TRUE(run(client->server_info()).has_value());
  std::optional<Result<AppendOutcome>> places[3];
  for (auto& place : places) tasks_.spawn("append", store<AppendOutcome>(append_one(*client, "s"), place));
  run_all();
  for (const auto& place : places) {
    ASSERT_TRUE(place.has_value() && place->has_error());
    EXPECT_EQ(place->error().code(), Errc::unknown_outcome);
  }
  EXPECT_THAT(places[0]->error().message(), HasSubstr("going down"));
  EXPECT_TRUE(append(*client).has_value());
}

TEST_F(GrpcClientTest, AServerThatEndsTheCallInGoodOrderHasAnsweredNothing) {
  ToyServer server;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    ws::BatchAppendReq request;
    stream.Read(&request);
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  EXPECT_EQ(code(append(*client)), Errc::unknown_outcome);
}

TEST_F(GrpcClientTest, AServerThatWentAndCameBackIsFoundAgain) {
  auto server = std::make_unique<ToyServer>();
  const int port = server->port();
  auto client = connect(server->url("&defaultDeadline=2000"));
  ASSERT_TRUE(append(*client).has_value());
  server.reset();
  const Errc while_down = code(append(*client));
  EXPECT_TRUE(while_down == Errc::unavailable || while_down == Errc::unknown_outcome);
  server = std::make_unique<ToyServer>(grpc::InsecureServerCredentials(), port);
  if (server->port() != port) GTEST_SKIP() << "the port was taken meanwhile";
  bool back = false;
  for (int attempt = 0; attempt < 100'000 && !back; ++attempt) back = append(*client).has_value();
  EXPECT_TRUE(back);
}

TEST_F(GrpcClientTest, ACallRefusedForOneAppendDoesNotBlameTheOthers) {
  ToyServer server;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    ws::BatchAppendReq request;
    for (int i = 0; i < 3; ++i) stream.Read(&request);
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "Received message larger than max (5 vs. 4)");
  };
  auto client = connect(server.url());
  ASSERT_TRUE(run(client->server_info()).has_value());
  std::optional<Result<AppendOutcome>> places[3];
  for (auto& place : places) tasks_.spawn("append", store<AppendOutcome>(append_one(*client, "s"), place));
  run_all();
  for (const auto& place : places) {
    ASSERT_TRUE(place.has_value() && place->has_error());
    EXPECT_EQ(place->error().code(), Errc::unknown_outcome);
  }
}

TEST_F(GrpcClientTest, AnOldServerGetsAppendCalls) {
  ToyServer server;
  server.features = [](grpc::ServerContext&, wf::SupportedMethods&) {
    return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "what?");
  };
  server.append = [](grpc::ServerContext&, grpc::ServerReader<ws::AppendReq>& reader, ws::AppendResp& answer) {
    ws::AppendReq options, event, more;
    EXPECT_TRUE(reader.Read(&options) && reader.Read(&event) && !reader.Read(&more));
    EXPECT_EQ(options.options().stream_identifier().stream_name(), "s");
    EXPECT_TRUE(options.options().has_any());
    EXPECT_EQ(event.proposed_message().metadata().at("type"), "T");
    EXPECT_EQ(event.proposed_message().metadata().at("content-type"), "application/json");
    answer.mutable_success()->set_current_revision(7);
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  const Result<AppendOutcome> outcome = append(*client);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<Appended>(*outcome).revision, 7u);
  EXPECT_FALSE(std::get<Appended>(*outcome).position.has_value());
  EXPECT_EQ(server.batch_calls, 0);
}

TEST_F(GrpcClientTest, AppendAnswersAWrongVersionInsideTheResponse) {
  ToyServer server;
  server.features = [](grpc::ServerContext&, wf::SupportedMethods&) {
    return grpc::Status::OK;
  };  // lists nothing
  server.append = [](grpc::ServerContext&, grpc::ServerReader<ws::AppendReq>& reader, ws::AppendResp& answer) {
    ws::AppendReq request;
    while (reader.Read(&request)) {
    }
    answer.mutable_wrong_expected_version()->set_current_revision(4);
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  const Result<AppendOutcome> outcome = append(*client);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(std::get<RevisionConflict>(*outcome).actual, 4u);
}

TEST_F(GrpcClientTest, WrongCredentialsAreNamedAndNotShown) {
  ToyServer server;
  std::string seen;
  server.features = [&seen](grpc::ServerContext& context, wf::SupportedMethods&) {
    const auto found = context.client_metadata().find("authorization");
    if (found != context.client_metadata().end()) seen.assign(found->second.data(), found->second.size());
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "bad");
  };
  auto client = connect("esdb://admin:s3cret@127.0.0.1:" + std::to_string(server.port()) + "?tls=false");
  const Result<AppendOutcome> outcome = append(*client);
  EXPECT_EQ(code(outcome), Errc::unauthenticated);
  EXPECT_EQ(seen, "Basic YWRtaW46czNjcmV0");
  EXPECT_THAT(outcome.error().message(), Not(HasSubstr("s3cret")));
  EXPECT_THAT(client->display(), Not(HasSubstr("s3cret")));
}

TEST_F(GrpcClientTest, GrpcOutlivesTheClient) {
  connect("esdb://127.0.0.1:1?tls=false").reset();
  EXPECT_TRUE(grpc_is_initialized()) << "its end may take ten seconds, which a stop must not";
}

TEST_F(GrpcClientTest, NobodyThereSaysWhatToDo) {
  int port = 0;
  {
    ToyServer gone;
    port = gone.port();
  }
  auto client = connect("esdb://127.0.0.1:" + std::to_string(port) + "?tls=false");
  const Result<AppendOutcome> outcome = append(*client);
  ASSERT_EQ(code(outcome), Errc::unavailable);
  EXPECT_THAT(outcome.error().message(), HasSubstr("127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(outcome.error().message(), HasSubstr("weir store"));
}

TEST_F(GrpcClientTest, AServerThatIsFarAwayIsReachedAtTheFirstAttempt) {
  ToyServer server;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    return ToyServer::answer_all(stream);
  };
  const FarAway far(server, 600ms);
  auto client = connect("esdb://127.0.0.1:" + std::to_string(far.port()) + "?tls=false");
  const Result<AppendOutcome> outcome = append(*client);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message();
}

TEST_F(GrpcClientTest, SeveralHostsAreTriedInTurn) {
  int dead = 0;
  {
    ToyServer gone;
    dead = gone.port();
  }
  ToyServer server;
  auto client = connect("esdb://127.0.0.1:" + std::to_string(dead) + ",127.0.0.1:" + std::to_string(server.port()) +
                        "?tls=false");
  EXPECT_EQ(code(append(*client)), Errc::unavailable);
  EXPECT_TRUE(append(*client).has_value());
}

TEST_F(GrpcClientTest, EveryErrorOfABatchHasItsMeaning) {
  ToyServer server;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    ws::BatchAppendReq request;
    while (stream.Read(&request)) {
      ws::BatchAppendResp answer;
      *answer.mutable_correlation_id() = request.correlation_id();
      google::rpc::Status& error = *answer.mutable_error();
      const std::string& what = request.options().stream_identifier().stream_name();
      error.set_code(google::rpc::UNKNOWN);
      if (what == "deleted") error.mutable_details()->PackFrom(wire::StreamDeleted());
      if (what == "denied") error.mutable_details()->PackFrom(wire::AccessDenied());
      if (what == "timeout") error.mutable_details()->PackFrom(wire::Timeout());
      if (what == "unknown") error.mutable_details()->PackFrom(wire::Unknown());
      if (what == "bad") error.mutable_details()->PackFrom(wire::BadRequest());
      if (what == "large") {
        wire::MaximumAppendSizeExceeded details;
        details.set_maxappendsize(1048576);
        error.mutable_details()->PackFrom(details);
      }
      if (what == "large event") error.mutable_details()->PackFrom(wire::MaximumAppendEventSizeExceeded());
      if (what == "wrong") {
        wire::WrongExpectedVersion details;
        details.set_current_stream_revision(9);
        error.mutable_details()->PackFrom(details);
      }
      if (what == "nothing") answer.clear_result();
      stream.Write(answer);
    }
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  EXPECT_EQ(code(append(*client, "deleted")), Errc::stream_deleted);
  EXPECT_EQ(code(append(*client, "denied")), Errc::permission_denied);
  EXPECT_EQ(code(append(*client, "timeout")), Errc::unknown_outcome);
  EXPECT_EQ(code(append(*client, "unknown")), Errc::unknown_outcome);
  EXPECT_EQ(code(append(*client, "bad")), Errc::invalid_argument);
  const Result<AppendOutcome> large = append(*client, "large");
  EXPECT_EQ(code(large), Errc::too_large);
  EXPECT_THAT(large.error().message(), HasSubstr("1048576"));
  EXPECT_EQ(code(append(*client, "large event")), Errc::too_large);
  EXPECT_EQ(code(append(*client, "bare")), Errc::unknown_outcome);
  EXPECT_EQ(code(append(*client, "nothing")), Errc::unknown_outcome);
  const Result<AppendOutcome> wrong = append(*client, "wrong");
  ASSERT_TRUE(wrong.has_value());
  EXPECT_EQ(std::get<RevisionConflict>(*wrong).actual, 9u);
  EXPECT_EQ(server.batch_calls, 1);
}

TEST_F(GrpcClientTest, AnAppendIsCutIntoMessagesBelowTheLimit) {
  ToyServer server;
  std::vector<std::size_t> sizes;
  server.batch_append = [&sizes](grpc::ServerContext&, BatchStream& stream) {
    ws::BatchAppendReq request;
    while (stream.Read(&request)) {
      EXPECT_EQ(request.has_options(), sizes.empty());
      sizes.push_back(request.ByteSizeLong());
      if (request.is_final()) stream.Write(ToyServer::success(request, 9));
    }
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  const std::string data(1024 * 1024, 'x');
  std::vector<NewEvent> events(10);
  for (NewEvent& event : events) event = {Uuid::random(), "T", false, data, {}};
  EXPECT_TRUE(run(client->append("s", ExpectedRevision::no_stream(), events)).has_value());
  EXPECT_GE(sizes.size(), 4u);
  for (std::size_t size : sizes) EXPECT_LE(size, 4u * 1024 * 1024);
}

TEST_F(GrpcClientTest, ReadsPagesAndTellsWhereToReadOn) {
  ToyServer server;
  server.read = [](const ws::ReadReq& request, grpc::ServerWriter<ws::ReadResp>& writer) {
    const auto& options = request.options();
    const std::string& name = options.stream().stream_identifier().stream_name();
    ws::ReadResp answer;
    if (name == "missing") {
      answer.mutable_stream_not_found();
      writer.Write(answer);
      return grpc::Status::OK;
    }
    EXPECT_TRUE(options.has_no_filter() && options.has_uuid_option());
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(options.count(), 3); ++i) {
      auto& event = *answer.mutable_event()->mutable_event();
      event.mutable_id()->set_string("00000000-0000-0000-0000-00000000000" + std::to_string(i));
      event.mutable_stream_identifier()->set_stream_name(name);
      event.set_stream_revision(2 - i);
      (*event.mutable_metadata())["type"] = "T";
      (*event.mutable_metadata())["created"] = "17000000001230000";
      event.set_data("{}");
      writer.Write(answer);
    }
    answer.set_last_stream_position(2);
    writer.Write(answer);
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  const auto missing = run(client->read_stream("missing", StreamStart::from_start(), ReadDirection::forwards, 10));
  ASSERT_TRUE(missing.has_value()) << "a missing stream is no error";
  EXPECT_FALSE(missing->exists);
  const auto some = run(client->read_stream("s", StreamStart::from_end(), ReadDirection::backwards, 2));
  ASSERT_TRUE(some.has_value());
  ASSERT_EQ(some->events.size(), 2u);
  EXPECT_EQ(some->events[0].id, (Uuid{0, 0}));
  EXPECT_EQ(some->events[0].created, WallTime(1'700'000'000'123ms));
  EXPECT_EQ(some->next, 0u);
  const auto rest = run(client->read_stream("s", StreamStart::from_end(), ReadDirection::backwards, 10));
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(rest->next, std::nullopt);
}

TEST_F(GrpcClientTest, AnEndlessAnswerIsCutOff) {
  ToyServer server;
  server.read = [](const ws::ReadReq&, grpc::ServerWriter<ws::ReadResp>& writer) {
    ws::ReadResp answer;
    auto& event = *answer.mutable_event()->mutable_event();
    event.mutable_id()->mutable_structured();
    event.set_data(std::string(1024 * 1024, 'x'));
    while (writer.Write(answer)) {
    }
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  const auto few = run(client->read_stream("s", StreamStart::from_start(), ReadDirection::forwards, 5));
  ASSERT_TRUE(few.has_value());
  EXPECT_EQ(few->events.size(), 5u) << "more than was asked for";
  const auto many = run(client->read_stream("s", StreamStart::from_start(), ReadDirection::forwards, 1'000'000));
  ASSERT_TRUE(many.has_value());
  EXPECT_LT(many->events.size(), 64u) << "more than fits into memory";
  EXPECT_TRUE(many->next.has_value());
}

TEST_F(GrpcClientTest, AnAnswerBeyondTheMessageLimitIsAnError) {
  ToyServer server;
  server.read = [](const ws::ReadReq&, grpc::ServerWriter<ws::ReadResp>& writer) {
    ws::ReadResp answer;
    answer.mutable_event()->mutable_event()->set_data(std::string(20 * 1024 * 1024, 'x'));
    writer.Write(answer);
    return grpc::Status::OK;
  };
  auto client = connect(server.url());
  const auto page = run(client->read_stream("s", StreamStart::from_start(), ReadDirection::forwards, 5));
  ASSERT_TRUE(page.has_error());
  EXPECT_EQ(page.error().code(), Errc::too_large);
}

TEST_F(GrpcClientTest, ACancelledAppendEndsAtOnceAndItsLateAnswerIsNobodys) {
  ToyServer server;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    ws::BatchAppendReq first, second;
    if (!stream.Read(&first) || !stream.Read(&second)) return grpc::Status::OK;
    stream.Write(ToyServer::success(first, 1));
    stream.Write(ToyServer::success(second, 2));
    return ToyServer::swallow(stream);
  };
  auto client = connect(server.url());
  ASSERT_TRUE(run(client->server_info()).has_value());
  TaskGroup doomed(io_.get_executor());
  std::optional<Result<AppendOutcome>> none;
  doomed.spawn("append", store<AppendOutcome>(append_one(*client, "s"), none));
  io_.restart();
  io_.poll();
  doomed.cancel();
  io_.restart();
  io_.run_for(5s);
  EXPECT_TRUE(doomed.empty());
  EXPECT_FALSE(none.has_value());
  const Result<AppendOutcome> second = append(*client);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(std::get<Appended>(*second).revision, 2u);
}

TEST_F(GrpcClientTest, CloseEndsWhatIsUnderWay) {
  ToyServer server;
  server.batch_append = [](grpc::ServerContext&, BatchStream& stream) {
    return ToyServer::swallow(stream);
  };
  auto client = connect(server.url());
  ASSERT_TRUE(run(client->server_info()).has_value());
  std::optional<Result<AppendOutcome>> place;
  tasks_.spawn("append", store<AppendOutcome>(append_one(*client, "s"), place));
  io_.restart();
  io_.poll();
  client->close();
  run_all();
  ASSERT_TRUE(place.has_value() && place->has_error());
  EXPECT_EQ(place->error().code(), Errc::cancelled);
  EXPECT_EQ(code(append(*client)), Errc::cancelled);
}

TEST_F(GrpcClientTest, TlsWithACaFileWithoutVerificationAndAgainstTheWrongCa) {
  const ToyCertificate good = make_toy_certificate("127.0.0.1");
  const ToyCertificate other = make_toy_certificate("127.0.0.1");
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({good.key, good.certificate});
  ToyServer server(grpc::SslServerCredentials(options));
  const std::string host = "esdb://127.0.0.1:" + std::to_string(server.port());
  const std::string folder = ::testing::TempDir() + "weir-tls-" + Uuid::random().str();
  std::ofstream(folder + "-good.pem") << good.certificate;
  std::ofstream(folder + "-other.pem") << other.certificate;

  EXPECT_TRUE(append(*connect(host + "?tlsCAFile=" + folder + "-good.pem")).has_value());
  EXPECT_TRUE(append(*connect(host + "?tlsVerifyCert=false")).has_value());
  EXPECT_EQ(code(append(*connect(host + "?tlsCAFile=" + folder + "-other.pem"))), Errc::unavailable);
  EXPECT_EQ(code(append(*connect(host + "?tls=false&defaultDeadline=1000"))), Errc::unavailable);

  const auto parsed = parse_connection_string("esdb://h?tlsCAFile=/no/such/file.pem");
  const auto client = make_grpc_client(parsed->settings);
  ASSERT_TRUE(client.has_error());
  EXPECT_THAT(client.error().message(), HasSubstr("'/no/such/file.pem', named by tlsCAFile"));
  std::remove((folder + "-good.pem").c_str());
  std::remove((folder + "-other.pem").c_str());
}

}  // namespace
}  // namespace weir::connectors::eventstoredb
