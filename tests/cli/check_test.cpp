// `weir check`, over a fake cluster and a fake store: what is not there is named, with what to do.
#include "cli/inspect/server_check.hpp"
#include "connectors/eventstoredb/fake.hpp"
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/fake.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"
#include "tests/cli/inspect_kit.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CheckTest : public testing::VirtualTimeTest {
 protected:
  CheckTest()
      : kafka_(executor()),
        data_dir_(std::filesystem::temp_directory_path() / ("weir-check-" + std::to_string(::getpid()))) {
    stages::register_stages(registry_);
    sinks::register_sinks(registry_);
    connectors::kafka::register_kafka(registry_, kafka_.clients());
    connectors::eventstoredb::register_eventstoredb(
        registry_,
        [this](const connectors::eventstoredb::ConnectionSettings&)
            -> Result<std::shared_ptr<connectors::eventstoredb::StoreClient>> {
          store_ = std::make_shared<connectors::eventstoredb::FakeStore>(clock(), executor());
          store_->fail_reads(read_error_);
          return std::shared_ptr<connectors::eventstoredb::StoreClient>(store_);
        });
    std::filesystem::create_directories(data_dir_);
  }
  ~CheckTest() override {
    std::error_code ignored;
    std::filesystem::permissions(data_dir_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(data_dir_, ignored);
  }

  std::vector<CheckedPlace> places(const std::string& yaml) {
    const Topology topology = plan_of(yaml, registry_);
    const CheckTools tools{registry_, clock(), blocking_, data_dir_, std::chrono::seconds(1)};
    return run(check_places(topology, tools));
  }
  std::string check(const std::string& yaml) { return render_checks(places(yaml), false); }
  // Everything that kOrders needs.
  void make_all() {
    kafka_.create_topic("orders", 6);
    kafka_.create_topic("audit-eu", 1);
    kafka_.create_topic("orders.dlq", 1);
  }

  connectors::kafka::FakeKafka kafka_;
  std::shared_ptr<connectors::eventstoredb::FakeStore> store_;  // of the last check; nullptr: none was asked
  std::optional<Error> read_error_;
  std::filesystem::path data_dir_;
  testing::InlineBlocking blocking_;
  Registry registry_;
};

TEST_F(CheckTest, WhereAllIsThereEveryLineIsGood) {
  make_all();
  const std::vector<CheckedPlace> all = places(kOrders);
  const std::string text = render_checks(all, false);
  EXPECT_EQ(check_exit_code(all), ExitCode::ok) << text;
  EXPECT_THAT(text, AllOf(HasSubstr("connection k (kafka)\n"), HasSubstr("ok       brokers a:9092: answer"),
                          HasSubstr("topic orders (orders, source): 6 partitions"),
                          HasSubstr("topics ^audit-.* (orders, source): 1 topic: audit-eu"),
                          HasSubstr("topic orders.dlq (orders, sink dlq): 1 partition\n"), HasSubstr("group g: new")));
  EXPECT_THAT(text, AllOf(HasSubstr("connection s (eventstoredb)\n"), HasSubstr("version 23.10.8"),
                          HasSubstr("reading: allowed, nobody is logged in"),
                          HasSubstr("its folder is made when it is needed")));
  EXPECT_THAT(text, HasSubstr("0 warnings, 0 failed\n"));
  EXPECT_EQ(store_->appends().size(), 0u);
  EXPECT_FALSE(std::filesystem::exists(data_dir_ / "audit")) << "a check makes nothing";
}

TEST_F(CheckTest, AMissingTopicIsNamedWithTheCommandThatMakesIt) {
  kafka_.create_topic("orders", 6);
  const std::vector<CheckedPlace> all = places(kOrders);
  EXPECT_EQ(check_exit_code(all), ExitCode::not_found);
  EXPECT_THAT(
      render_checks(all, false),
      AllOf(HasSubstr("failed   topic orders.dlq (orders, sink dlq): is not there: the first event that is wrong"),
            HasSubstr("→ weir topics create orders.dlq --brokers a:9092"),
            HasSubstr("warning  topics ^audit-.* (orders, source): no topic matches now"),
            HasSubstr("1 warning, 1 failed\n")));
  EXPECT_THAT(render_checks_json(all), AllOf(HasSubstr(R"("failed":1,"checks":[)"), HasSubstr(R"("state":"warning")")));
}

TEST_F(CheckTest, AClusterThatIsAwayIsOneFailure) {
  make_all();
  kafka_.set_away(true);
  EXPECT_THAT(check(kOrders), AllOf(HasSubstr("failed   brokers a:9092: no broker can be reached"),
                                    HasSubstr("start the cluster"), Not(HasSubstr("topic orders"))));
}

TEST_F(CheckTest, AStoreThatRefusesSaysWhatToMend) {
  make_all();
  read_error_ = Error(Errc::unauthenticated, "the store refused user and password");
  EXPECT_THAT(check(kOrders),
              AllOf(HasSubstr("failed   reading: the store refused"), HasSubstr("check user and password")));
  read_error_ = Error(Errc::unavailable, "nothing answers");
  EXPECT_THAT(check(kOrders), HasSubstr("start the store"));
}

TEST_F(CheckTest, EmbeddedServersAreLeftToRun) {
  std::string yaml = kOrders;
  yaml.replace(yaml.find("esdb://h:2113?tls=false"), std::string("esdb://h:2113?tls=false").size(), "embedded");
  EXPECT_THAT(check(yaml), HasSubstr("ok       event store: embedded: `weir run` starts it"));
  EXPECT_EQ(store_, nullptr);
}

TEST_F(CheckTest, OnlyWhatEnabledPipelinesUseIsAsked) {
  std::string yaml = kOrders;
  yaml.insert(yaml.find("    lanes: 2"), "    enabled: false\n");
  EXPECT_EQ(check(yaml), "0 ok, 0 warnings, 0 failed\n");
}

TEST_F(CheckTest, AFileThatCannotBeWrittenIsFound) {
  make_all();
  std::filesystem::create_directories(data_dir_ / "audit" / "audit.jsonl");
  EXPECT_THAT(check(kOrders), AllOf(HasSubstr("failed   file '"), HasSubstr("it is a folder")));
  std::filesystem::remove_all(data_dir_ / "audit");
  std::ofstream(data_dir_ / "audit") << "in the way";
  EXPECT_THAT(check(kOrders), HasSubstr("is no folder"));
  if (::geteuid() == 0) return;  // to whom everything is writable
  std::filesystem::remove(data_dir_ / "audit");
  std::filesystem::permissions(data_dir_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(check(kOrders), HasSubstr("is not writable"));
}

}  // namespace
}  // namespace weir::cli
