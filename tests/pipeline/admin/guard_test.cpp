#include "pipeline/admin/guard.hpp"

#include <gtest/gtest.h>

namespace weir::admin {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

http::Request request(std::string method, const Pairs& headers) {
  http::Request out;
  out.method = std::move(method);
  out.path = "/reload";
  for (const auto& [name, value] : headers) out.headers.add(name, value);
  return out;
}

int refusal(const Guard& guard, const Pairs& headers, std::string method = "GET") {
  const auto refused = guard.refuse(request(std::move(method), headers));
  return refused ? refused->status : 0;
}

TEST(GuardTest, LoopbackIsKnownByItsNames) {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.9.8.7", "::1", "[::1]"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"", "localhost.example.com", "0.0.0.0", "10.0.0.1", "127.0.0.1.example.com", "::", "[::]"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(GuardTest, OnlyHostsThatAreOursAreAnswered) {
  const Guard guard(Guard::Settings{.host = "127.0.0.1"});
  for (const char* host : {"localhost", "localhost:7070", "127.0.0.1:9", "[::1]:7070", "[::1]"})
    EXPECT_EQ(refusal(guard, {{"Host", host}}), 0) << host;
  for (const char* host : {"evil.example.com", "evil.example.com:7070", "localhost.evil.example.com", "10.0.0.1:7070"})
    EXPECT_EQ(refusal(guard, {{"Host", host}}), 421) << host;
  for (const char* host : {"", ":7070", "localhost:70x0", "user@localhost", "localhost/x", "localhost:123456"})
    EXPECT_EQ(refusal(guard, {{"Host", host}}), 400) << host;
  EXPECT_EQ(refusal(guard, {}), 400);
  EXPECT_EQ(refusal(guard, {{"Host", "localhost"}, {"host", "evil.example.com"}}), 400);
}

TEST(GuardTest, AnOpenPortIsCalledByAddressOrByTheNamesGiven) {
  const Guard guard(Guard::Settings{.host = "0.0.0.0", .names = {"weir.monitoring.svc"}, .token = "secret"});
  for (const char* host : {"10.1.2.3:7070", "[fd00::1]:7070", "localhost", "Weir.Monitoring.svc:7070"})
    EXPECT_EQ(refusal(guard, {{"Host", host}}), 0) << host;
  EXPECT_EQ(refusal(guard, {{"Host", "weir.example.com"}}), 421);
  const Guard named(Guard::Settings{.host = "weir-1", .token = "secret"});
  EXPECT_EQ(refusal(named, {{"Host", "WEIR-1:7070"}}), 0);
}

TEST(GuardTest, NoPageOfAnotherOriginChangesAnything) {
  const Guard guard(Guard::Settings{.host = "127.0.0.1"});
  const auto post = [&guard](Pairs headers) {
    headers.emplace_back("Host", "localhost:7070");
    return refusal(guard, headers, "POST");
  };
  EXPECT_EQ(post({}), 0) << "programs";
  EXPECT_EQ(post({{"Origin", "http://localhost:7070"}}), 0);
  EXPECT_EQ(post({{"Origin", "https://LOCALHOST:7070"}}), 0) << "behind something that speaks TLS";
  EXPECT_EQ(post({{"Sec-Fetch-Site", "same-origin"}}), 0);
  EXPECT_EQ(post({{"Sec-Fetch-Site", "none"}}), 0);
  EXPECT_EQ(post({{"Origin", "http://evil.example.com"}}), 403);
  EXPECT_EQ(post({{"Origin", "http://localhost:3000"}}), 403) << "another port is another origin";
  EXPECT_EQ(post({{"Origin", "null"}}), 403);
  EXPECT_EQ(post({{"Origin", ""}}), 403);
  EXPECT_EQ(post({{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(post({{"Sec-Fetch-Site", "same-site"}}), 403);
  EXPECT_EQ(post({{"Origin", "http://localhost:7070"}, {"Origin", "http://evil.example.com"}}), 403);
  EXPECT_EQ(post({{"Origin", "http://localhost:7070"}, {"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(refusal(guard, {{"Host", "localhost"}, {"Origin", "http://evil.example.com"}}, "DELETE"), 403);
  EXPECT_EQ(refusal(guard, {{"Host", "localhost"}, {"Origin", "http://evil.example.com"}}, "HEAD"), 0)
      << "it may ask, and cannot read the answer";
}

TEST(GuardTest, TheTokenIsWantedWhereThereIsOne) {
  const Guard open(Guard::Settings{});
  EXPECT_TRUE(open.is_trusted(request("GET", {})));
  const Guard guard(Guard::Settings{.token = "s3cret"});
  const auto trusted = [&guard](const Pairs& headers) {
    return guard.is_trusted(request("GET", headers));
  };
  EXPECT_TRUE(trusted({{"Authorization", "Bearer s3cret"}}));
  EXPECT_TRUE(trusted({{"authorization", "bearer s3cret"}}));
  for (const char* bad :
       {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret ", "Bearer S3cret", "Basic s3cret", "s3cret"})
    EXPECT_FALSE(trusted({{"Authorization", bad}})) << bad;
  EXPECT_FALSE(trusted({}));
  EXPECT_FALSE(trusted({{"Authorization", "Bearer s3cret"}, {"Authorization", "Bearer other"}}));
  EXPECT_EQ(Guard::unauthorised().headers.find("www-authenticate"), "Bearer");
}

}  // namespace
}  // namespace weir::admin
