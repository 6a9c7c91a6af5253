#include "pipeline/base/log.hpp"
#include "tests/pipeline/http/http_kit.hpp"

#include <stdexcept>

namespace weir::http::testing {
namespace {

using namespace std::chrono_literals;

class HttpServerTest : public ServerTest {
 protected:
  Response echo(const Request& request) {
    ++asked_;
    return Response::text(200, request.method + " " + request.path + " " + request.body + "\n");
  }
  Handler echo() {
    return at_once([this](const Request& request) { return echo(request); });
  }
  // Takes a second for each request.
  Task<Response> answer_later(Request request) {
    co_await clock().sleep_for(1s);
    Response response = echo(request);
    co_return response;
  }
  Handler slow_echo() {
    return [this](Request request) {
      return answer_later(std::move(request));
    };
  }

  int asked_ = 0;
};

TEST_F(HttpServerTest, AConnectionIsKeptForTheNextRequest) {
  start(echo());
  Client& client = dial();
  EXPECT_EQ(talk(client, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            "8\r\n\r\nGET /1 \n");
  EXPECT_EQ(body_of(talk(client, "POST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab")), "POST /2 ab\n");
  EXPECT_FALSE(client.ended());
  const std::string last = talk(client, "GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_NE(last.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(client.ended());
  client.close();
  run_until_idle();
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpServerTest, Http10IsClosedUnlessItAsksNotToBe) {
  start(echo());
  Client& plain = dial();
  EXPECT_NE(talk(plain, "GET / HTTP/1.0\r\n\r\n").find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_TRUE(plain.ended());
  Client& kept = dial();
  EXPECT_NE(talk(kept, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").find("\r\nConnection: keep-alive\r\n"),
            std::string::npos);
  EXPECT_FALSE(kept.ended());
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInTurn) {
  start(slow_echo());
  Client& client = dial();
  EXPECT_EQ(talk(client, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n"), "");
  advance(1s);
  EXPECT_EQ(body_of(client.receive()), "GET /1 \n");
  advance(1s);
  EXPECT_EQ(body_of(client.receive()), "GET /2 \n");
  advance(1s);
  EXPECT_EQ(body_of(client.receive()), "GET /3 \n");
  EXPECT_EQ(asked_, 3);
}

TEST_F(HttpServerTest, BytesMayComeOneByOne) {
  start(echo());
  Client& client = dial();
  std::string answer;
  for (const char c :
       std::string("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")) {
    EXPECT_EQ(answer, "");
    answer += talk(client, std::string_view(&c, 1));
  }
  EXPECT_EQ(body_of(answer), "POST /x abc\n");
}

TEST_F(HttpServerTest, WhatWasReadBeforeCounts) {
  start(echo());
  Client& client = dial("GET /he");
  EXPECT_EQ(body_of(talk(client, "ad HTTP/1.1\r\n\r\n")), "GET /head \n");
  EXPECT_EQ(body_of(dial("GET /all HTTP/1.1\r\n\r\n").receive()), "GET /all \n");
}

TEST_F(HttpServerTest, HeadIsToldTheLengthOnly) {
  start(echo());
  Client& client = dial();
  const std::string answer = talk(client, "HEAD /abc HTTP/1.1\r\n\r\n");
  EXPECT_NE(answer.find("\r\nContent-Length: 11\r\n"), std::string::npos) << answer;
  EXPECT_EQ(body_of(answer), "");
  EXPECT_EQ(body_of(talk(client, "GET / HTTP/1.1\r\n\r\n")), "GET / \n") << "nothing of a body came before";
}

TEST_F(HttpServerTest, SomeAnswersHaveNoBody) {
  start(at_once([](const Request&) { return Response::text(204, "never seen"); }));
  EXPECT_EQ(talk("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n");
}

TEST_F(HttpServerTest, AHeaderCannotEndEarly) {
  start(at_once([](const Request&) {
    Response out = Response::text(200, "");
    out.headers.add("X-Name", "a\r\nSet-Cookie: b");
    return out;
  }));
  EXPECT_NE(talk("GET / HTTP/1.1\r\n\r\n").find("\r\nX-Name: aSet-Cookie: b\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, ABodyThatWaitsToBeWantedIsAskedFor) {
  start(echo());
  Client& client = dial();
  EXPECT_EQ(talk(client, "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(talk(client, "a"), "") << "asked once";
  EXPECT_EQ(body_of(talk(client, "b")), "POST / ab\n");
  EXPECT_EQ(status_of(talk(client, "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab")), "200")
      << "it is here already";
  EXPECT_EQ(status_of(talk(client, "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: miracles\r\n\r\n")), "417");
  EXPECT_EQ(asked_, 2);
}

TEST_F(HttpServerTest, ABodyThatIsTooLargeIsNotAskedFor) {
  options.limits.body_bytes = 1;
  start(echo());
  Client& client = dial();
  EXPECT_EQ(status_of(talk(client, "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")), "413");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(asked_, 0);
}

TEST_F(HttpServerTest, NonsenseIsRefusedAndEndsTheConnection) {
  options.about = "This is a test.";
  start(echo());
  Client& client = dial();
  const std::string answer = talk(client, "GET / HTTP/1.1\r\n\r\nrubbish\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(count(answer, "HTTP/1.1 "), 2u) << answer;
  EXPECT_NE(answer.find("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("This is a test."), std::string::npos) << answer;
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(asked_, 1);
}

TEST_F(HttpServerTest, WhoHasClosedOneSideIsStillAnswered) {
  start(slow_echo());
  Client& client = dial();
  client.send("GET / HTTP/1.1\r\n\r\n");
  client.send_end();
  advance(1s);
  EXPECT_EQ(status_of(client.receive()), "200");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(server_->connections(), 0u);

  Client& half = dial();
  half.send("GET / HT");
  half.send_end();
  run_until_idle();
  EXPECT_EQ(status_of(half.receive()), "400");
  Client& silent = dial();
  silent.send_end();
  run_until_idle();
  EXPECT_EQ(silent.receive(), "");
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpServerTest, WhoIsGoneLeavesNothingBehind) {
  start(slow_echo());
  Client& client = dial();
  client.send("GET / HTTP/1.1\r\n\r\n");
  run_until_idle();
  client.close();
  advance(1s);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpServerTest, AHandlerThatFailsFailsItsRequest) {
  log::redirect([](std::string_view) {});
  start(at_once([this](const Request& request) {
    if (request.path == "/bug") throw std::runtime_error("not again");
    return echo(request);
  }));
  Client& client = dial();
  const std::string answer = talk(client, "GET /bug HTTP/1.1\r\n\r\n");
  log::redirect(nullptr);
  EXPECT_EQ(status_of(answer), "500");
  EXPECT_EQ(answer.find("not again"), std::string::npos) << "is told to the log, not to the peer";
  EXPECT_EQ(status_of(talk(client, "GET / HTTP/1.1\r\n\r\n")), "200");
}

TEST_F(HttpServerTest, AStopAnswersWhatIsUnderWay) {
  start(slow_echo());
  Client& idle = dial();
  Client& busy = dial();
  Client& arriving = dial();
  EXPECT_EQ(talk(busy, "GET /busy HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(talk(arriving, "GET /arr"), "");
  spawn("stop", server_->stop(clock().now() + 5s));
  run_until_idle();
  EXPECT_EQ(idle.receive(), "");
  EXPECT_TRUE(idle.ended());
  dial();
  EXPECT_FALSE(accepted_);
  arriving.send("iving HTTP/1.1\r\n\r\n");
  advance(1s);
  const std::string answer = busy.receive();
  EXPECT_EQ(body_of(answer), "GET /busy \n");
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(body_of(arriving.receive()), "GET /arriving \n");
  EXPECT_FALSE(tasks_.empty()) << "waits for the peers to close, too";
  busy.close();
  arriving.close();
  run_until_idle();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(asked_, 2);
}

TEST_F(HttpServerTest, AConnectionThatComesWithTheStopIsClosed) {
  start(echo());
  spawn("stop", server_->stop(clock().now() + 5s));
  Client& client = dial();  // before the stop's first step
  EXPECT_TRUE(accepted_);
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(tasks_.empty());
}

TEST_F(HttpServerTest, AStopCutsOffAtItsDeadlineWhatIsLeft) {
  start(slow_echo());
  Client& busy = dial();
  EXPECT_EQ(talk(busy, "GET /busy HTTP/1.1\r\n\r\n"), "");
  spawn("stop", server_->stop(clock().now() + 500ms));
  advance(499ms);
  EXPECT_FALSE(tasks_.empty());
  advance(1ms);
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(busy.receive(), "");
  EXPECT_TRUE(busy.ended());
  EXPECT_EQ(server_->connections(), 0u);
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace weir::http::testing
