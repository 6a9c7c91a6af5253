#include "tests/pipeline/http/http_kit.hpp"

namespace weir::http::testing {
namespace {

using namespace std::chrono_literals;

class HttpLimitsTest : public ServerTest {
 protected:
  void SetUp() override {
    options.limits.arrival = 10s;
    options.limits.idle = 60s;
    options.limits.handling = 30s;
    options.limits.sending = 10s;
    options.limits.goodbye = 2s;
  }
  void start_small() {
    start(at_once([](const Request&) { return Response::text(200, "ok\n"); }));
  }
  static constexpr std::string_view kGet = "GET / HTTP/1.1\r\n\r\n";

  Task<Response> never(Request) {
    co_await clock().sleep_for(1h);
    Response response;
    co_return response;
  }
};

TEST_F(HttpLimitsTest, TheSilentAreClosedWithoutAWord) {
  start_small();
  Client& client = dial();
  advance(59s);
  EXPECT_EQ(client.receive(), "");
  EXPECT_FALSE(client.ended());
  advance(1s);
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.ended());
}

TEST_F(HttpLimitsTest, AKeptConnectionMayBeIdleForAsLongAgain) {
  start_small();
  Client& client = dial();
  for (int i = 0; i < 3; ++i) {
    advance(59s);
    EXPECT_EQ(status_of(talk(client, kGet)), "200");
  }
  advance(60s);
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.ended());
}

TEST_F(HttpLimitsTest, ARequestThatDribblesInIsGivenUp) {
  start_small();
  Client& head = dial();
  Client& body = dial();
  EXPECT_EQ(talk(body, "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n"), "");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(talk(head, "G"), "");
    EXPECT_EQ(talk(body, "x"), "");
    advance(999ms);
  }
  EXPECT_EQ(head.receive() + body.receive(), "");
  advance(10ms);
  EXPECT_EQ(status_of(head.receive()), "408");
  EXPECT_EQ(status_of(body.receive()), "408");
  EXPECT_TRUE(head.ended());
  EXPECT_TRUE(body.ended());
}

TEST_F(HttpLimitsTest, TimeBeginsAnewWithEachRequest) {
  start_small();
  Client& client = dial();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(talk(client, "GET /"), "");
    advance(9s);
    EXPECT_EQ(status_of(talk(client, " HTTP/1.1\r\n\r\n")), "200");
  }
}

TEST_F(HttpLimitsTest, AHandlerThatTakesTooLongIsCancelled) {
  start([this](Request request) { return never(std::move(request)); });
  Client& client = dial();
  EXPECT_EQ(talk(client, kGet), "");
  advance(29s);
  EXPECT_EQ(client.receive(), "");
  advance(1s);
  EXPECT_EQ(status_of(client.receive()), "503");
  EXPECT_FALSE(client.ended());
}

TEST_F(HttpLimitsTest, APeerThatDoesNotReadItsAnswerIsClosed) {
  start(at_once([](const Request&) { return Response::text(200, std::string(8 << 20, 'x')); }));
  Client& client = dial();
  client.send(kGet);
  advance(9s);
  EXPECT_EQ(server_->connections(), 1u);
  advance(1s);
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_LT(client.receive().size(), std::size_t{8} << 20);
}

TEST_F(HttpLimitsTest, ALargeAnswerArrivesWhole) {
  start(at_once([](const Request&) { return Response::text(200, std::string(8 << 20, 'x')); }));
  Client& client = dial();
  std::string answer = talk(client, kGet);
  for (int i = 0; i < 10'000 && body_of(answer).size() < (8u << 20); ++i) answer += talk(client, "");
  EXPECT_EQ(body_of(answer).size(), 8u << 20);
}

TEST_F(HttpLimitsTest, APeerThatDoesNotCloseIsClosedAfterAWhile) {
  start_small();
  Client& client = dial();
  EXPECT_EQ(status_of(talk(client, "nonsense\r\n\r\n")), "400");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(server_->connections(), 1u);
  for (int i = 0; i < 3; ++i) {
    client.send(std::string(1000, 'x'));  // is swallowed
    advance(500ms);
  }
  EXPECT_EQ(server_->connections(), 1u);
  advance(500ms);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpLimitsTest, ThereIsRoomForSoManyConnections) {
  options.limits.connections = 2;
  start_small();
  Client& first = dial();
  dial();
  EXPECT_TRUE(accepted_);
  Client& third = dial();
  EXPECT_FALSE(accepted_);
  EXPECT_EQ(third.receive(), "");
  EXPECT_TRUE(third.ended());
  first.close();
  run_until_idle();
  EXPECT_EQ(status_of(talk(kGet)), "200");
  EXPECT_TRUE(accepted_);
}

TEST_F(HttpLimitsTest, AConnectionCarriesSoManyRequests) {
  options.limits.requests = 2;
  start_small();
  Client& client = dial();
  const std::string answers = talk(client, std::string(kGet) + std::string(kGet) + std::string(kGet));
  EXPECT_EQ(count(answers, "HTTP/1.1 200"), 2u);
  EXPECT_EQ(count(answers, "Connection: close"), 1u);
  EXPECT_TRUE(client.ended());
}

TEST_F(HttpLimitsTest, WhatIsTooLongIsRefusedAndTheRefusalArrives) {
  start_small();
  Client& client = dial();
  const std::string answer = talk(client, "GET /" + std::string(20'000, 'a'));
  EXPECT_EQ(status_of(answer), "431");
  EXPECT_TRUE(client.ended());
}

}  // namespace
}  // namespace weir::http::testing
