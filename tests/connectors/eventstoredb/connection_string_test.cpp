// Connection strings: every documented form, and errors that name the offending part without showing a password.
#include "connectors/eventstoredb/connection_string.hpp"

#include <gmock/gmock.h>

namespace weir::connectors::eventstoredb {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ConnectionSettings settings(std::string_view text) {
  Result<ParsedConnectionString> parsed = parse_connection_string(text);
  if (parsed.has_error()) {
    ADD_FAILURE() << text << ": " << parsed.error().message();
    return {};
  }
  EXPECT_THAT(parsed->warnings, IsEmpty()) << text;
  return parsed->settings;
}

std::string error(std::string_view text) {
  const Result<ParsedConnectionString> parsed = parse_connection_string(text);
  EXPECT_TRUE(parsed.has_error()) << text;
  if (!parsed.has_error()) return {};
  EXPECT_EQ(parsed.error().code(), Errc::invalid_argument);
  return parsed.error().message();
}

TEST(ConnectionString, DefaultsAreThoseOfTheOfficialNodeClient) {
  const ConnectionSettings s = settings("esdb://localhost");
  EXPECT_THAT(s.hosts, ElementsAre(HostPort{"localhost", 2113}));
  EXPECT_FALSE(s.discover);
  EXPECT_TRUE(s.tls);
  EXPECT_TRUE(s.tls_verify_cert);
  EXPECT_FALSE(s.credentials.has_value());
  EXPECT_EQ(s.max_discover_attempts, 10u);
  EXPECT_EQ(s.discovery_interval, 100ms);
  EXPECT_EQ(s.gossip_timeout, 5s);
  EXPECT_EQ(s.node_preference, NodePreference::leader);
  EXPECT_EQ(s.default_deadline, 10s);
  EXPECT_EQ(s.keep_alive_interval, Duration(10s));
  EXPECT_EQ(s.keep_alive_timeout, Duration(10s));
}

TEST(ConnectionString, EverySchemeWithAndWithoutDiscover) {
  for (const char* scheme : {"esdb", "kurrentdb", "kurrent", "kdb", "ESDB", "KurrentDB"}) {
    EXPECT_FALSE(settings(std::string(scheme) + "://host").discover);
    EXPECT_TRUE(settings(std::string(scheme) + "+discover://host").discover);
  }
}

TEST(ConnectionString, HostsAndPorts) {
  EXPECT_THAT(settings("esdb://h:2114").hosts, ElementsAre(HostPort{"h", 2114}));
  EXPECT_THAT(settings("esdb://10.0.0.1:1,b.example.com,c:65535/").hosts,
              ElementsAre(HostPort{"10.0.0.1", 1}, HostPort{"b.example.com", 2113}, HostPort{"c", 65535}));
  EXPECT_THAT(settings("esdb://[::1]").hosts, ElementsAre(HostPort{"::1", 2113}));
  EXPECT_THAT(settings("esdb://[fe80::1]:99,h").hosts, ElementsAre(HostPort{"fe80::1", 99}, HostPort{"h", 2113}));
  EXPECT_EQ((HostPort{"::1", 7}).str(), "[::1]:7");
}

TEST(ConnectionString, CredentialsArePercentDecoded) {
  EXPECT_EQ(settings("esdb://admin:changeit@h").credentials, (Credentials{"admin", "changeit"}));
  EXPECT_EQ(settings("esdb://user%40me:p%2Fa%3as%73%25@h:1?tls=false").credentials,
            (Credentials{"user@me", "p/a:ss%"}));
  EXPECT_EQ(settings("esdb://admin:a:b@h").credentials, (Credentials{"admin", "a:b"}));
  EXPECT_EQ(settings("esdb://admin:a@b@h").credentials, (Credentials{"admin", "a@b"}));
  EXPECT_EQ(settings("esdb://admin:@h").credentials, (Credentials{"admin", ""}));
}

TEST(ConnectionString, EveryOption) {
  const ConnectionSettings s = settings(
      "esdb://h?tls=true&tlsVerifyCert=false&tlsCAFile=/etc/my%20ca.pem&userCertFile=/c&userKeyFile=/"
      "k&connectionName=me"
      "&maxDiscoverAttempts=3&discoveryInterval=250&gossipTimeout=7&nodePreference=follower&throwOnAppendFailure=false"
      "&defaultDeadline=2500&keepAliveInterval=20000&keepAliveTimeout=-1");
  EXPECT_TRUE(s.tls);
  EXPECT_FALSE(s.tls_verify_cert);
  EXPECT_EQ(s.tls_ca_file, "/etc/my ca.pem");
  EXPECT_EQ(s.user_cert_file, "/c");
  EXPECT_EQ(s.user_key_file, "/k");
  EXPECT_EQ(s.connection_name, "me");
  EXPECT_EQ(s.max_discover_attempts, 3u);
  EXPECT_EQ(s.discovery_interval, 250ms);
  EXPECT_EQ(s.gossip_timeout, 7s);
  EXPECT_EQ(s.node_preference, NodePreference::follower);
  EXPECT_FALSE(s.throw_on_append_failure);
  EXPECT_EQ(s.default_deadline, 2500ms);
  EXPECT_EQ(s.keep_alive_interval, Duration(20s));
  EXPECT_EQ(s.keep_alive_timeout, std::nullopt);
}

TEST(ConnectionString, OptionNamesIgnoreCaseHyphenAndUnderscore) {
  EXPECT_FALSE(settings("esdb://h?TLS=False").tls);
  EXPECT_FALSE(settings("esdb://h/?tls_verify_cert=FALSE").tls_verify_cert);
  EXPECT_EQ(settings("esdb://h?keep-alive-interval=1").keep_alive_interval, Duration(1ms));
  EXPECT_EQ(settings("esdb://h?nodepreference=read_only_replica").node_preference, NodePreference::read_only_replica);
  EXPECT_EQ(settings("esdb://h?nodePreference=Random").node_preference, NodePreference::random);
}

TEST(ConnectionString, GossipTimeoutIsSecondsBelowOneHundredAndMillisecondsFromThere) {
  EXPECT_EQ(settings("esdb://h?gossipTimeout=99").gossip_timeout, 99s);
  EXPECT_EQ(settings("esdb://h?gossipTimeout=100").gossip_timeout, 100ms);
  EXPECT_EQ(settings("esdb://h?gossipTimeout=5000").gossip_timeout, 5s);
}

TEST(ConnectionString, AnUnknownOptionIsAWarningAndIgnored) {
  const auto parsed = parse_connection_string("esdb://h?colour=blue&tls=false");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_FALSE(parsed->settings.tls);
  EXPECT_THAT(parsed->warnings, ElementsAre(HasSubstr("'colour'")));
}

TEST(ConnectionString, ErrorsNameTheOffendingPart) {
  EXPECT_THAT(error(""), HasSubstr("no scheme"));
  EXPECT_THAT(error("localhost:2113"), HasSubstr("no scheme"));
  EXPECT_THAT(error("http://h"), HasSubstr("unknown scheme 'http'"));
  EXPECT_THAT(error("esdb://"), HasSubstr("no host"));
  EXPECT_THAT(error("esdb://u:p@"), HasSubstr("no host"));
  EXPECT_THAT(error("esdb://a,,b"), HasSubstr("a host is empty"));
  EXPECT_THAT(error("esdb://h:0"), HasSubstr("port in 'h:0'"));
  EXPECT_THAT(error("esdb://h:65536"), HasSubstr("port in 'h:65536'"));
  EXPECT_THAT(error("esdb://h:x"), HasSubstr("port in 'h:x'"));
  EXPECT_THAT(error("esdb://h:"), HasSubstr("port in 'h:'"));
  EXPECT_THAT(error("esdb://::1"), HasSubstr("in brackets"));
  EXPECT_THAT(error("esdb://[::1"), HasSubstr("closing"));
  EXPECT_THAT(error("esdb://[h]:1"), HasSubstr("not an IPv6"));
  EXPECT_THAT(error("esdb://h h"), HasSubstr("character"));
  EXPECT_THAT(error("esdb://h/path"), HasSubstr("after the hosts"));
  EXPECT_THAT(error("esdb://h?tls"), HasSubstr("'tls' has no value"));
  EXPECT_THAT(error("esdb://h?tls=yes"), HasSubstr("option tls must be true or false, not 'yes'"));
  EXPECT_THAT(error("esdb://h?defaultDeadline=1s"), HasSubstr("defaultDeadline"));
  EXPECT_THAT(error("esdb://h?defaultDeadline=-1"), HasSubstr("defaultDeadline"));
  EXPECT_THAT(error("esdb://h?maxDiscoverAttempts=99999999999999999999"), HasSubstr("maxDiscoverAttempts"));
  EXPECT_THAT(error("esdb://h?nodePreference=boss"), HasSubstr("nodePreference"));
  EXPECT_THAT(error("esdb://h?connectionName=%zz"), HasSubstr("'connectionName' holds an invalid percent-escape"));
  EXPECT_THAT(error("esdb://h?tls=true&TLS=false"), HasSubstr("given twice"));
  EXPECT_THAT(error("esdb://h?userCertFile=/c"), HasSubstr("userKeyFile"));
  EXPECT_THAT(error("esdb://user@h"), HasSubstr("user:password"));
  EXPECT_THAT(error("esdb://:p@h"), HasSubstr("empty"));
}

TEST(ConnectionString, ErrorsNeverShowThePassword) {
  for (const char* text : {"esdb://admin:s3cret%zz@h", "esdb://admin:s3cret/x@h", "esdb://admin:s3cret?x@h:1",
                           "esdb://admin:s3cret#x@h", "esdb://admin:s3cret@h:x", "esdb://admin:s3cret@",
                           "esdb://admin:s3cret@h?tls=maybe", "esdb://admin:s3cret/@h/path", "http://admin:s3cret@h"}) {
    EXPECT_THAT(error(text), Not(HasSubstr("s3cret"))) << text;
  }
  EXPECT_THAT(settings("esdb://admin:s3cret@h?tls=false").display(), "esdb://h:2113?tls=false");
}

TEST(ConnectionString, MaskedItShowsAllButSecretsAndParses) {
  EXPECT_EQ(masked_connection_string("esdb://admin:s3cret@h:1,i?tls=false"), "esdb://***:***@h:1,i?tls=false");
  EXPECT_EQ(masked_connection_string("esdb+discover://h"), "esdb+discover://h");
  EXPECT_EQ(masked_connection_string("esdb://h?password=s3cret&tls-ca-file=/c"),
            "esdb://h?password=***&tls-ca-file=/c");
  EXPECT_EQ(masked_connection_string("s3cret"), "***");
  for (const char* text : {"esdb://admin:s3cret@h:1,i/?tls=false", "kdb://a%40:s3cret%3F@[::1]:5?odd=s3cret"}) {
    ASSERT_TRUE(parse_connection_string(text).has_value()) << text;
    EXPECT_THAT(masked_connection_string(text), Not(HasSubstr("s3cret")));
    EXPECT_TRUE(parse_connection_string(masked_connection_string(text)).has_value()) << text;
  }
}

}  // namespace
}  // namespace weir::connectors::eventstoredb
