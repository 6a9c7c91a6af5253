#include "pipeline/http/request_parser.hpp"

#include <gtest/gtest.h>

namespace weir::http {
namespace {

using State = RequestParser::State;

class RequestParserTest : public ::testing::Test {
 protected:
  // Everything that the bytes say, as "METHOD path?query body" per request and the number of a refusal; given in pieces
  // of that size.
  std::vector<std::string> parse(std::string_view bytes, std::size_t piece = 1'000'000) {
    RequestParser parser(options_);
    std::vector<std::string> out;
    while (true) {
      const State state = parser.parse();
      if (state == State::refused) {
        out.push_back(std::to_string(parser.refusal().status));
        return out;
      }
      if (state == State::whole) {
        const Request request = parser.take();
        out.push_back(request.method + " " + request.path + "?" + request.query + " " + request.body);
        continue;
      }
      if (bytes.empty()) {
        if (state == State::partial) out.push_back("more");
        return out;
      }
      parser.add(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
  std::string status(std::string_view bytes) { return parse(bytes).back(); }

  Options options_;
};

using Said = std::vector<std::string>;

TEST_F(RequestParserTest, ARequestSaysWhatItWants) {
  EXPECT_EQ(parse("GET /a/b?x=1&y HTTP/1.1\r\nHost: h\r\n\r\n"), (Said{"GET /a/b?x=1&y "}));
  EXPECT_EQ(parse("GET http://h:80/a?x HTTP/1.1\r\n\r\n"), (Said{"GET /a?x "}));
  EXPECT_EQ(parse("GET http://h HTTP/1.1\r\n\r\n"), (Said{"GET /? "}));
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\n\r\n"), (Said{"OPTIONS *? "}));
  EXPECT_EQ(parse("BREW /pot HTTP/1.0\r\n\r\n"), (Said{"BREW /pot? "}));

  RequestParser parser(options_);
  parser.add("POST /p HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_EQ(parser.parse(), State::whole);
  const Request request = parser.take();
  EXPECT_EQ(request.headers.find("x-oNe"), "1");
  EXPECT_EQ(request.headers.find("absent"), std::nullopt);
  EXPECT_EQ(request.headers.entries().size(), 4u);
  EXPECT_EQ(request.body, "ok");
}

TEST_F(RequestParserTest, RequestsFollowEachOtherHoweverTheyAreCut) {
  const std::string bytes =
      "GET /1 HTTP/1.1\r\n\r\n"
      "POST /2 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
      "\r\n"
      "POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
      "POST /4 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      "\r\n\r\n\r\n"
      "GET /5 HTTP/1.1\r\n\r\n";
  const Said said = {"GET /1? ", "POST /2? hello", "POST /3? abcde", "POST /4? ", "GET /5? "};
  for (const std::size_t piece : {1, 2, 3, 7, 1000}) EXPECT_EQ(parse(bytes, piece), said) << piece;
}

TEST_F(RequestParserTest, WhatStandsBehindAChunkedBodyIsNoHeader) {
  RequestParser parser(options_);
  parser.add("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: me\r\n\r\n");
  ASSERT_EQ(parser.parse(), State::whole);
  EXPECT_EQ(parser.take().headers.find("Authorization"), std::nullopt);
}

TEST_F(RequestParserTest, WhatIsNoRequestIsRefused) {
  for (const std::string_view nonsense :
       {"\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "\x16\x03\x01 x y", "GET /ping SMTP/1.0\r\n", "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET a HTTP/1.1\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n"}) {
    EXPECT_EQ(status(nonsense), "400") << nonsense;
  }
  RequestParser parser(options_);
  parser.add("rubbish\r\n");
  ASSERT_EQ(parser.parse(), State::refused);
  EXPECT_TRUE(parser.refusal().body.starts_with("This port speaks HTTP/1.1. ")) << parser.refusal().body;
}

// Two readings of where a body ends let a request hide in the body of another.
TEST_F(RequestParserTest, BodiesWithoutOneClearEndAreRefused) {
  const std::string post = "POST / HTTP/1.1\r\n";
  EXPECT_EQ(status(post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), "400");
  EXPECT_EQ(status(post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"), "400");
  EXPECT_EQ(status(post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), "400");
  EXPECT_EQ(status(post + "Content-Length: -1\r\n\r\n"), "400");
  EXPECT_EQ(status(post + "Content-Length: 0x1\r\n\r\n"), "400");
  EXPECT_EQ(status(post + "Transfer-Encoding: gzip\r\n\r\n"), "501");
  EXPECT_EQ(status(post + "Transfer-Encoding: gzip, chunked\r\n\r\n"), "501");
  EXPECT_EQ(status("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), "400");
  EXPECT_EQ(status(post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "400");
  EXPECT_EQ(status(post + "Transfer-Encoding: chunked\r\n\r\n1\r\nabcde\r\n"), "400");
}

TEST_F(RequestParserTest, NothingMayBeTooLong) {
  const std::string get = "GET / HTTP/1.1\r\n";
  options_.limits.head_bytes = 200;
  options_.limits.target_bytes = 50;
  options_.limits.body_bytes = 10;
  EXPECT_EQ(status("GET /" + std::string(300, 'a')), "431");
  EXPECT_EQ(status("GET /" + std::string(60, 'a') + " HTTP/1.1\r\n\r\n"), "414");
  EXPECT_EQ(status(get + "X: " + std::string(200, 'x') + "\r\n\r\n"), "431");
  EXPECT_EQ(status(get + "Content-Length: 11\r\n\r\n"), "413");
  EXPECT_EQ(status(get + "Content-Length: 10\r\n\r\n"), "more");
  EXPECT_EQ(status(get + "Content-Length: 99999999999999999999999\r\n\r\n"), "400");
  EXPECT_EQ(status(get + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\n"), "413");
  EXPECT_EQ(status(get + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), "413");
  EXPECT_EQ(status(get + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(300, 'x')), "431");
  EXPECT_EQ(status(get + "Transfer-Encoding: chunked\r\n\r\n0\r\nT: " + std::string(300, 'x')), "431");
}

TEST_F(RequestParserTest, ThereMayBeSoManyHeaders) {
  options_.limits.headers = 3;
  const std::string get = "GET / HTTP/1.1\r\n";
  EXPECT_NE(status(get + "A: 1\r\nA: 2\r\nB: 3\r\n\r\n"), "431");
  EXPECT_EQ(status(get + "A: 1\r\nA: 2\r\nB: 3\r\nC: 4\r\n\r\n"), "431");
}

TEST_F(RequestParserTest, AHeadThatComesLineByLineIsNotLongerForIt) {
  options_.limits.head_bytes = 200;
  std::string bytes =
      "GET / HTTP/1.1\r\n";  // 16 bytes, then lines of 17: each piece ends with the first byte of a line
  for (int i = 0; i < 100; ++i) bytes += "X: 0123456789ab\r\n";
  for (const std::size_t piece : {1, 17, 34, 1000}) EXPECT_EQ(parse(bytes, piece), (Said{"431"})) << piece;
}

}  // namespace
}  // namespace weir::http
