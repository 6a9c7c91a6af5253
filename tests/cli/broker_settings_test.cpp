#include "cli/servers/broker_settings.hpp"

#include "cli/run/connect_hints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace weir::cli {
namespace {

using embedded::broker::Server;
using embedded::broker::storage::Fsync;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using namespace std::chrono_literals;

Environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

class BrokerSettings : public ::testing::Test {
 protected:
  ~BrokerSettings() override { std::filesystem::remove(file_); }

  void write_users(const std::string& text) {
    std::ofstream(file_) << text;
    options_.users_file = file_;
  }
  Result<Server::Options> settings() const {
    return broker_server_options(options_, "/data/broker", variables(environment_));
  }
  std::string refusal() const {
    const Result<Server::Options> made = settings();
    return made ? "(taken)" : made.error().message();
  }

  BrokerOptions options_;
  std::map<std::string, std::string> environment_;
  const std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("weir-users-" + std::to_string(::getpid()));
};

TEST_F(BrokerSettings, TheDefaultsAreSafeAndLocal) {
  const Server::Options made = settings().value();
  EXPECT_EQ(made.host, "127.0.0.1");
  EXPECT_EQ(made.port, 9092);
  EXPECT_EQ(made.data_dir, "/data/broker");
  EXPECT_EQ(made.fsync, Fsync::always);
  EXPECT_EQ(made.default_partitions, 1);
  EXPECT_TRUE(made.auto_create_topics);
  EXPECT_THAT(made.users, IsEmpty());
  EXPECT_FALSE(made.tls.has_value());
  EXPECT_FALSE(made.repair);
  EXPECT_THAT(broker_warnings(made), IsEmpty());
}

TEST_F(BrokerSettings, EveryOptionReachesTheServer) {
  options_.listen = "[::1]:0";
  options_.advertised = "broker.example.com:19092";
  options_.fsync = FsyncChoice::interval;
  options_.fsync_interval = 250ms;
  options_.partitions = 7;
  options_.auto_create = false;
  options_.repair = true;
  options_.tls_certificate = "cert.pem";
  options_.tls_key = "key.pem";
  const Server::Options made = settings().value();
  EXPECT_EQ(made.host, "::1");
  EXPECT_EQ(made.port, 0);
  EXPECT_EQ(made.advertised, "broker.example.com:19092");
  EXPECT_EQ(made.fsync, Fsync::interval);
  EXPECT_EQ(made.fsync_interval, Duration(250ms));
  EXPECT_EQ(made.default_partitions, 7);
  EXPECT_FALSE(made.auto_create_topics);
  EXPECT_TRUE(made.repair);
  ASSERT_TRUE(made.tls.has_value());
  EXPECT_EQ(made.tls->certificate, "cert.pem");
  EXPECT_EQ(made.tls->key, "key.pem");
  options_.fsync = FsyncChoice::never;
  EXPECT_EQ(settings().value().fsync, Fsync::never);
}

TEST_F(BrokerSettings, UsersComeFromThreePlaces) {
  options_.users = {"alice:with:colons"};
  write_users("# who may\r\n\nbob:secret\r\n");
  environment_["WEIR_BROKER_USERS"] = "carol: blank first\nalice:with:colons";
  EXPECT_THAT(settings().value().users,
              ElementsAre(Pair("alice", "with:colons"), Pair("bob", "secret"), Pair("carol", " blank first")));
}

TEST_F(BrokerSettings, AUserThatIsNoneIsNamedByItsPlaceNeverByItsPassword) {
  options_.users = {"hunter2"};
  EXPECT_THAT(refusal(), HasSubstr("--user is not NAME:PASSWORD"));
  EXPECT_THAT(refusal(), Not(HasSubstr("hunter2")));
  options_.users = {"alice:"};
  EXPECT_THAT(refusal(), HasSubstr("neither part may be empty"));
  options_.users.clear();
  write_users("alice:a\n\n:hunter2\n");
  EXPECT_THAT(refusal(), HasSubstr(file_.string() + ":3"));
  EXPECT_THAT(refusal(), Not(HasSubstr("hunter2")));
  write_users("alice:a\nalice:hunter2\n");
  EXPECT_THAT(refusal(), HasSubstr(":2: the user 'alice' has another password already"));
  EXPECT_THAT(refusal(), Not(HasSubstr("hunter2")));
}

TEST_F(BrokerSettings, AUsersFileThatIsNotThereOpensNothing) {
  options_.users_file = "/no/such/users";
  EXPECT_EQ(settings().error().code(), Errc::not_found);
  EXPECT_THAT(refusal(), HasSubstr("'/no/such/users'"));
  options_.users_file = "/";
  EXPECT_EQ(settings().error().code(), Errc::not_found);
}

TEST_F(BrokerSettings, CertificateAndKeyBelongTogether) {
  options_.tls_key = "key.pem";
  EXPECT_THAT(refusal(), HasSubstr("--tls-cert and --tls-key belong together"));
}

TEST_F(BrokerSettings, AnAddressOpenToOthersIsWarnedAbout) {
  options_.listen = "0.0.0.0:9092";
  EXPECT_THAT(broker_warnings(settings().value()),
              ElementsAre(HasSubstr("may read and write every topic"), HasSubstr("--advertised HOST:PORT")));
  options_.advertised = "broker";
  options_.users = {"alice:a"};
  EXPECT_THAT(broker_warnings(settings().value()), ElementsAre(HasSubstr("in the clear")));
  options_.tls_certificate = options_.tls_key = "pem";
  EXPECT_THAT(broker_warnings(settings().value()), IsEmpty());
  options_.users.clear();
  options_.listen = "192.0.2.1:9092";
  EXPECT_THAT(broker_warnings(settings().value()), ElementsAre(HasSubstr("--users FILE, or listen")));
}

TEST(BrokerHints, NameTheAddressForEveryClient) {
  const std::string hints = describe_broker_access({"127.0.0.1:9092"});
  EXPECT_THAT(hints, HasSubstr("kcat -b 127.0.0.1:9092"));
  EXPECT_THAT(hints, HasSubstr("brokers: [\"127.0.0.1:9092\"]"));
  EXPECT_THAT(hints, HasSubstr("KAFKA_BROKERS=127.0.0.1:9092"));
  EXPECT_THAT(hints, HasSubstr("weir topics ls"));
  EXPECT_THAT(hints, Not(HasSubstr("security.protocol")));
  EXPECT_THAT(describe_broker_access({"h:1", true, true}),
              HasSubstr("security.protocol=SASL_SSL sasl.mechanism=PLAIN"));
  EXPECT_THAT(describe_broker_access({"h:1", true, false}), HasSubstr("security.protocol=SSL\n"));
}

}  // namespace
}  // namespace weir::cli
