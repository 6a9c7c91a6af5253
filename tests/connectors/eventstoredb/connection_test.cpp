// The `eventstoredb` connection: what it opens, and what it refuses.
#include "connectors/eventstoredb/connection.hpp"

#include "connectors/eventstoredb/fake.hpp"
#include "connectors/eventstoredb/register.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/topology/registry.hpp"

#include <gmock/gmock.h>

namespace weir::connectors::eventstoredb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConnectionTest : public testing::VirtualTimeTest {
 protected:
  static std::string findings(std::string url) {
    config::Diagnostics out;
    std::vector<config::Node::Member> members;
    members.push_back({"url", {}, config::Node::scalar(std::move(url), true, {})});
    connection_spec().parse(config::Node::mapping(std::move(members), {}), "connections.store.eventstoredb", out);
    return out.str();
  }

  testing::InlineBlocking blocking_;
};

class FakeServer final : public EmbeddedServer {
 public:
  explicit FakeServer(bool& stopped) : stopped_(stopped) {}
  std::string address() const override { return "esdb://127.0.0.1:1?tls=false"; }
  void stop() override { stopped_ = true; }

 private:
  bool& stopped_;
};

TEST_F(ConnectionTest, TheUrlIsCheckedByLintAndNeverShown) {
  EXPECT_EQ(findings("embedded"), "");
  EXPECT_EQ(findings("esdb://h?tls=false"), "");
  const std::string in_clear = findings("esdb://admin:s3cret@h?tls=false");
  EXPECT_THAT(in_clear,
              ::testing::AllOf(HasSubstr("[secret-in-clear]"), Not(HasSubstr("error")), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(findings("localhost:2113"), HasSubstr("no scheme"));
  EXPECT_THAT(findings("esdb://admin:s3cret@h:x"), Not(HasSubstr("s3cret")));
  EXPECT_TRUE(connection_spec().options().at(0).secret);
}

TEST_F(ConnectionTest, EmbeddedStartsTheServerBelowTheDataDirAndStopsIt) {
  bool stopped = false;
  std::filesystem::path folder;
  const StartEmbedded start = [&](const std::filesystem::path& data_dir) -> Result<std::shared_ptr<EmbeddedServer>> {
    folder = data_dir;
    return std::shared_ptr<EmbeddedServer>(std::make_shared<FakeServer>(stopped));
  };
  StoreConnection connection(ConnectionConfig{}, make_grpc_client, blocking_, start, "/data");
  EXPECT_TRUE(connection.client().has_error()) << "not open yet";
  ASSERT_TRUE(run(connection.open()).has_value());
  EXPECT_EQ(folder, std::filesystem::path("/data"));
  const auto client = connection.client();
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ((*client)->display(), "esdb://127.0.0.1:1?tls=false");
  run(connection.close());
  EXPECT_TRUE(stopped);
}

TEST_F(ConnectionTest, WithoutAnEmbeddedStoreTheErrorSaysWhatToDo) {
  StoreConnection connection(ConnectionConfig{}, make_grpc_client, blocking_, {}, "/data");
  const Result<void> opened = run(connection.open());
  ASSERT_TRUE(opened.has_error());
  EXPECT_EQ(opened.error().code(), Errc::unsupported);
  EXPECT_THAT(opened.error().message(), HasSubstr("connection string"));
}

TEST_F(ConnectionTest, AnEmbeddedStoreThatDoesNotStartIsNotTriedAgain) {
  for (const Errc code : {Errc::io, Errc::corrupt, Errc::already_exists}) {
    const StartEmbedded start = [code](const std::filesystem::path&) -> Result<std::shared_ptr<EmbeddedServer>> {
      return Error(code, "the database is damaged");
    };
    StoreConnection connection(ConnectionConfig{}, make_grpc_client, blocking_, start, "/data");
    const Result<void> opened = run(connection.open());
    ASSERT_FALSE(opened);
    EXPECT_FALSE(opened.error().retryable()) << to_string(code);
    EXPECT_THAT(opened.error().message(), HasSubstr("the database is damaged"));
  }
}

TEST_F(ConnectionTest, AServerThatIsAwayIsNoErrorOfOpen) {
  StoreConnection connection(ConnectionConfig{"esdb://127.0.0.1:1?tls=false"}, make_grpc_client, blocking_, {},
                             "/data");
  EXPECT_TRUE(run(connection.open()).has_value());
  run(connection.close());
}

TEST_F(ConnectionTest, TheClientIsTheOneThatWasGiven) {
  const auto fake = std::make_shared<FakeStore>(clock(), executor());
  StoreConnection connection(
      ConnectionConfig{"esdb://h?tls=false"},
      [&fake](const ConnectionSettings&) -> Result<std::shared_ptr<StoreClient>> { return fake; }, blocking_, {},
      "/data");
  ASSERT_TRUE(run(connection.open()).has_value());
  EXPECT_EQ((*connection.client())->display(), "a fake store");
  run(connection.close());
  EXPECT_TRUE(connection.client().has_error());
}

TEST_F(ConnectionTest, IsRegistered) {
  Registry registry;
  register_eventstoredb(registry);
  EXPECT_NE(registry.find(ComponentKind::connection, "eventstoredb"), nullptr);
}

// The fake itself: reads page, faults strike where they are scripted.
TEST_F(ConnectionTest, TheFakePagesInBothDirections) {
  FakeStore store(clock(), executor());
  for (std::uint64_t i = 0; i < 5; ++i) store.put("s", {.id = {0, i + 1}, .type = "T", .data = "{}"});
  auto page = run(store.read_stream("s", StreamStart::from_start(), ReadDirection::forwards, 3));
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->events.size(), 3u);
  EXPECT_EQ(page->next, 3u);
  page = run(store.read_stream("s", StreamStart::at(1), ReadDirection::backwards, 3));
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->events.size(), 2u);
  EXPECT_EQ(page->next, std::nullopt);
  auto all = run(store.read_all(AllStart::from_end(), ReadDirection::backwards, 2));
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->events.at(0).revision, 4u);
  EXPECT_FALSE(all->at_end);
  all = run(store.read_all(AllStart::at(*all->last), ReadDirection::backwards, 10));
  EXPECT_EQ(all->events.size(), 3u);
  EXPECT_TRUE(all->at_end);
}

}  // namespace
}  // namespace weir::connectors::eventstoredb
