#include "embedded/eventstore/calls/http_append.hpp"

#include "tests/embedded/eventstore/server_kit.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::embedded::eventstore::testing {
namespace {

constexpr const char* kId = "00000000-0000-0001-0000-000000000002";

http::Request post(std::string path, std::string type, std::string body,
                   const std::vector<http::Headers::Entry>& headers = {}) {
  http::Request out;
  out.method = "POST";
  out.path = std::move(path);
  out.headers.add("content-type", std::move(type));
  for (const auto& [name, value] : headers) out.headers.add(name, value);
  out.body = std::move(body);
  return out;
}
http::Request post_one(std::string path, std::vector<http::Headers::Entry> more = {}) {
  more.emplace_back("ES-EventType", "happened");
  more.emplace_back("es-eventid", kId);
  return post(std::move(path), "application/json", R"({"a": 1.50})", more);
}
int status_of(const http::Request& request) {
  const HttpAppend append = read_http_append(request);
  return append.refusal ? append.refusal->status : 0;
}

TEST(HttpAppendTest, OneEventIsItsBodyWithTypeAndIdInHeaders) {
  const HttpAppend append = read_http_append(post_one("/streams/a%2Fb%20%C3%A9"));
  ASSERT_FALSE(append.refusal) << append.refusal->body;
  EXPECT_EQ(append.write.stream, "a/b é");
  EXPECT_EQ(append.write.expected, ExpectedRevision::any());
  ASSERT_EQ(append.write.events.size(), 1u);
  const ProposedEvent& event = append.write.events[0];
  EXPECT_EQ(event.type, "happened");
  EXPECT_EQ(event.id, (Uuid{1, 2}));
  EXPECT_TRUE(event.is_json);
  EXPECT_EQ(event.data, R"({"a": 1.50})") << "as it was sent";

  const auto bytes = read_http_append(
      post("/streams/s", "application/octet-stream", "\xff", {{"ES-EventType", "blob"}, {"ES-EventId", kId}}));
  ASSERT_FALSE(bytes.refusal);
  EXPECT_FALSE(bytes.write.events[0].is_json);
}

TEST(HttpAppendTest, SeveralEventsAreAnArray) {
  const HttpAppend append = read_http_append(post("/streams/s", "application/vnd.eventstore.events+json; charset=utf-8",
                                                  R"([{"eventId":"00000000-0000-0001-0000-000000000002",
      "eventType":"a","data":{"n": 12345678901234567890123, "s":"}"} ,"metadata":{"$correlationId":"c"}},
      {"data":"text" , "eventType":"b\u00e9","eventId":"00000000-0000-0001-0000-000000000003","metadata":null}])"));
  ASSERT_FALSE(append.refusal) << append.refusal->body;
  ASSERT_EQ(append.write.events.size(), 2u);
  EXPECT_EQ(append.write.events[0].data, R"({"n": 12345678901234567890123, "s":"}"})");
  EXPECT_EQ(append.write.events[0].metadata, R"({"$correlationId":"c"})");
  EXPECT_EQ(append.write.events[1].type, "bé");
  EXPECT_EQ(append.write.events[1].data, R"("text")");
  EXPECT_EQ(append.write.events[1].metadata, "");
}

TEST(HttpAppendTest, WhatIsExpectedOfTheStream) {
  const auto expected = [](const std::string& version) {
    return read_http_append(post_one("/streams/s", {{"ES-ExpectedVersion", version}}));
  };
  EXPECT_EQ(expected("-2").write.expected, ExpectedRevision::any());
  EXPECT_EQ(expected("-1").write.expected, ExpectedRevision::no_stream());
  EXPECT_EQ(expected("-4").write.expected, ExpectedRevision::stream_exists());
  EXPECT_EQ(expected("7").write.expected, ExpectedRevision::exact(7));
  for (const char* wrong : {"-3", "x", "1x", "99999999999999999999", "9223372036854775807"}) {
    ASSERT_TRUE(expected(wrong).refusal) << wrong;
    EXPECT_EQ(expected(wrong).refusal->status, 400) << wrong;
  }
}

TEST(HttpAppendTest, AnEventWithoutAnIdIsSentWhereItHasOne) {
  http::Request request = post("/streams/a%20b", "application/json", "{}", {{"ES-EventType", "t"}});
  const HttpAppend append = read_http_append(request);
  ASSERT_TRUE(append.refusal);
  EXPECT_EQ(append.refusal->status, 307);
  const std::string location(append.refusal->headers.find("Location").value_or(""));
  ASSERT_TRUE(location.starts_with("/streams/a%20b/incoming/")) << location;
  request.path = location;
  const HttpAppend followed = read_http_append(request);
  ASSERT_FALSE(followed.refusal) << followed.refusal->body;
  EXPECT_EQ(followed.write.stream, "a b");
  EXPECT_EQ(followed.write.events[0].id.str(), location.substr(location.rfind('/') + 1));
}

TEST(HttpAppendTest, WhatCannotBeReadIsRefused) {
  const std::string events = "application/vnd.eventstore.events+json";
  EXPECT_EQ(status_of(post("/streams/s", "application/x-www-form-urlencoded", "{}")), 415);
  EXPECT_EQ(status_of(post("/streams/s", "application/json", "{}", {{"ES-EventId", kId}})), 400) << "no type";
  EXPECT_EQ(status_of(post("/streams/s", "application/json", "{\"a\":", {{"ES-EventType", "t"}})), 400);
  for (const char* number : {"01", "1.", "-", "1e", "+1", "1 2", "1.2.3", "1e5e5", "00"}) {
    EXPECT_EQ(status_of(post("/streams/s", "application/json", number, {{"ES-EventType", "t"}, {"ES-EventId", kId}})),
              400)
        << number;
  }
  for (const char* number : {"0", "-0.5e+400", "10", R"(["\\\"1.", 1E400])"}) {
    EXPECT_EQ(status_of(post("/streams/s", "application/json", number, {{"ES-EventType", "t"}, {"ES-EventId", kId}})),
              0)
        << number;
  }
  EXPECT_EQ(status_of(post("/streams/s", "application/json", "{}", {{"ES-EventType", "t"}, {"ES-EventId", "7"}})), 400);
  EXPECT_EQ(status_of(post("/streams/s", "application/json", "{}", {{"ES-EventType", "\xe9"}, {"ES-EventId", kId}})),
            400);
  for (const char* body :
       {"[]", "{}", "[1]", "7", "", R"([{"eventType":"t","data":1}])",
        R"([{"eventId":"00000000-0000-0001-0000-000000000002","data":1}])",
        R"([{"eventId":"00000000-0000-0001-0000-000000000002","eventType":"t"}])",
        R"([{"eventId":"00000000-0000-0001-0000-000000000002","eventType":"half \ud83d","data":1}])",
        R"([{"eventId":"x","eventType":"t","data":1}])", R"([{"eventId":7,"eventType":"t","data":1}])"}) {
    EXPECT_EQ(status_of(post("/streams/s", events, body)), 400) << body;
  }
  for (const char* path : {"/streams/%", "/streams/%zz", "/streams/%2", "/streams/$all", "/streams/%FF"}) {
    EXPECT_EQ(status_of(post_one(path)), 400) << path;
  }
  EXPECT_EQ(status_of(post_one("/streams/s/metadata")), 404);
  http::Request large = post_one("/streams/s");
  large.body = "\"" + std::string(kMaxAppendBytes, 'x') + "\"";
  EXPECT_EQ(status_of(large), 413);
  http::Request get = post_one("/streams/s");
  get.method = "GET";
  EXPECT_EQ(status_of(get), 405);
}

class HttpAppendServerTest : public ServerTest {
 protected:
  std::string ask(const std::string& request) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    (void)!::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    timeval patience{15, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string out;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
      out.append(buffer, static_cast<std::size_t>(size));
    ::close(socket);
    return out;
  }
  std::string append(const std::string& id, const std::string& more = "", const std::string& body = R"({"a":1})") {
    return ask(
        "POST /streams/web HTTP/1.1\r\nHost: store:2113\r\nContent-Type: application/json\r\nES-EventType: Seen\r\n" +
        more + "ES-EventId: " + id + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
};

TEST_F(HttpAppendServerTest, WhatIsPostedIsStored) {
  const std::string first = append(Uuid{1, 1}.str(), "ES-ExpectedVersion: -1\r\n");
  EXPECT_TRUE(first.starts_with("HTTP/1.1 201 Created\r\n")) << first;
  EXPECT_NE(first.find("Location: http://store:2113/streams/web/0\r\n"), std::string::npos) << first;
  const std::string again = append(Uuid{1, 1}.str(), "ES-ExpectedVersion: -1\r\n");
  EXPECT_NE(again.find("/streams/web/0\r\n"), std::string::npos) << "the same event is stored once: " << again;
  EXPECT_NE(append(Uuid{1, 2}.str()).find("/streams/web/1\r\n"), std::string::npos);

  const std::string wrong = append(Uuid{1, 3}.str(), "ES-ExpectedVersion: 0\r\n");
  EXPECT_TRUE(wrong.starts_with("HTTP/1.1 400 Wrong expected EventNumber\r\n")) << wrong;
  EXPECT_NE(wrong.find("ES-CurrentVersion: 1\r\n"), std::string::npos) << wrong;
  EXPECT_TRUE(append(Uuid{1, 4}.str(), "", std::string(2 << 20, '1')).starts_with("HTTP/1.1 413"));

  const auto messages = read(stream_request("web"));
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].event().event().metadata().at("type"), "Seen");
  EXPECT_EQ(messages[0].event().event().metadata().at("content-type"), "application/json");
  EXPECT_EQ(messages[0].event().event().data(), R"({"a":1})");

  streams::TombstoneReq tombstone;
  tombstone.mutable_options()->mutable_stream_identifier()->set_stream_name("web");
  tombstone.mutable_options()->mutable_any();
  streams::TombstoneResp done;
  grpc::ClientContext context;
  ASSERT_TRUE(client_->stub->Tombstone(&context, tombstone, &done).ok());
  EXPECT_TRUE(append(Uuid{1, 5}.str()).starts_with("HTTP/1.1 410 Stream deleted\r\n"));
}

}  // namespace
}  // namespace weir::embedded::eventstore::testing
