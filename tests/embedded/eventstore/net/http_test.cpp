#include "embedded/eventstore/net/http.hpp"

#include "pipeline/http/request_parser.hpp"
#include "tests/pipeline/http/http_kit.hpp"

namespace weir::embedded::eventstore {
namespace {

using http::testing::Client;

class HttpTest : public http::testing::ServerTest {
 protected:
  HttpTest()
      : routes_(make_http_routes([this] { return ready_; }, http::at_once([](const http::Request& request) {
                                   return http::Response::text(201, request.method + " " + request.path);
                                 }))) {
    options = http_options(std::chrono::seconds(10), 10);
    start([this](http::Request request) { return routes_.handle(std::move(request)); });
  }

  // The answer to all that a client says before it closes its side.
  std::string answer(std::string_view request) {
    Client& client = dial();
    client.send(request);
    client.send_end();
    run_until_idle();
    return client.receive();
  }
  std::string status(std::string_view request, bool ready = true) {
    ready_ = ready;
    return http::testing::status_of(answer(request));
  }

  bool ready_ = true;
  http::Router routes_;
};

TEST_F(HttpTest, HealthAndPing) {
  EXPECT_EQ(status("GET /health/live HTTP/1.1\r\n\r\n"), "204");
  EXPECT_EQ(status("HEAD /health/live?liveCode=204 HTTP/1.0\r\n\r\n"), "204");
  EXPECT_EQ(status("GET /health/live HTTP/1.1\r\n\r\n", false), "503");
  EXPECT_EQ(status("GET /ping HTTP/1.1\r\n\r\n"), "200");
  EXPECT_EQ(status("POST /ping HTTP/1.1\r\n\r\n"), "405");
}

TEST_F(HttpTest, EveryConnectionCarriesOneRequestThatNobodyKeeps) {
  EXPECT_EQ(answer("GET /ping HTTP/1.1\r\n\r\nGET /ping HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: "
            "application/json\r\nContent-Length: 44\r\n\r\n{\"text\":\"Ping request successfully handled\"}");
}

TEST_F(HttpTest, WhatIsBelowStreamsIsTheStoresOnceItServes) {
  EXPECT_TRUE(answer("POST /streams/a%2Fb?x HTTP/1.1\r\nContent-Length: 0\r\n\r\n").ends_with("POST /streams/a%2Fb"));
  EXPECT_EQ(status("POST /streams/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), "404");
  EXPECT_EQ(status("POST /streams/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n", false), "503");
}

TEST_F(HttpTest, EverythingElseIsToldWhatThisIs) {
  const std::string told = answer("GET /subscriptions HTTP/1.1\r\n\r\n");
  EXPECT_EQ(told.substr(9, 3), "404");
  EXPECT_NE(told.find("esdb://"), std::string::npos);
  const std::string head = answer("HEAD /web HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << "no body";
}

// An append of 1 MiB may be half names and ids; what is too much of it is seen when its events are read.
TEST_F(HttpTest, ABodyMayBeLargerThanTheEventsInIt) {
  const auto is_refused = [this](std::size_t bytes) {
    http::RequestParser parser(options);
    parser.add("POST /streams/x HTTP/1.1\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n");
    return parser.parse() == http::RequestParser::State::refused;
  };
  EXPECT_FALSE(is_refused(std::size_t{2} << 20));
  EXPECT_TRUE(is_refused((std::size_t{2} << 20) + 1));
}

TEST_F(HttpTest, NonsenseIsRefused) {
  for (const std::string_view nonsense :
       {"\r\n\r\n", "GET", "GET /", "GET  ", "\x16\x03\x01 x y", "GET /ping SMTP/1.0\r\n\r\n"}) {
    EXPECT_EQ(status(nonsense), "400") << nonsense;
  }
  EXPECT_NE(answer("EHLO there SMTP/1.0\r\n").find("This port speaks gRPC (HTTP/2) and a little HTTP/1.1."),
            std::string::npos);
}

}  // namespace
}  // namespace weir::embedded::eventstore
