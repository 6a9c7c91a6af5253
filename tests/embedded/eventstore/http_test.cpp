#include "embedded/eventstore/http.hpp"

#include <gtest/gtest.h>

namespace weir::embedded::eventstore {
namespace {

std::string status(std::string_view request, bool ready = true) {
  return answer_http(request, ready).substr(9, 3);
}

TEST(HttpTest, HealthAndPing) {
  EXPECT_EQ(status("GET /health/live HTTP/1.1\r\n\r\n"), "204");
  EXPECT_EQ(status("HEAD /health/live?liveCode=204 HTTP/1.0\r\n\r\n"), "204");
  EXPECT_EQ(status("GET /health/live HTTP/1.1\r\n\r\n", false), "503");
  EXPECT_EQ(status("GET /ping HTTP/1.1\r\n\r\n"), "200");
  EXPECT_EQ(status("POST /ping HTTP/1.1\r\n\r\n"), "405");
}

TEST(HttpTest, EverythingElseIsToldWhatThisIs) {
  const std::string answer = answer_http("GET /streams/x HTTP/1.1\r\n\r\n", true);
  EXPECT_EQ(answer.substr(9, 3), "404");
  EXPECT_NE(answer.find("esdb://"), std::string::npos);
  const std::string head = answer_http("HEAD /web HTTP/1.1\r\n\r\n", true);
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << "no body";
}

TEST(HttpTest, NonsenseIsRefused) {
  for (const std::string_view nonsense :
       {"", "\r\n\r\n", "GET", "GET /", "GET  ", "\x16\x03\x01 x y", "GET /ping SMTP/1.0"}) {
    EXPECT_EQ(status(nonsense), "400") << nonsense;
  }
}

}  // namespace
}  // namespace weir::embedded::eventstore
