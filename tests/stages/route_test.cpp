#include "stages/route.hpp"

#include "stages/route_table.hpp"
#include "tests/pipeline/parts/every_part.hpp"
#include "tests/stages/kit.hpp"

namespace weir::stages {
namespace {

TEST(RouteTable, Precedence) {
  RouteTable table;
  EXPECT_EQ(table.add("^Audit.*$", 1), "");
  EXPECT_EQ(table.add("^.*Created$", 2), "");
  EXPECT_EQ(table.add("A*", 3), "");
  EXPECT_EQ(table.add("AuditLog*", 4), "");
  EXPECT_EQ(table.add("AuditLogin", 5), "");
  EXPECT_EQ(table.add("Au*", 6), "");
  EXPECT_EQ(table.find("AuditLogin"), 5);
  EXPECT_EQ(table.find("AuditLogout"), 4);
  EXPECT_EQ(table.find("Autumn"), 6);
  EXPECT_EQ(table.find("AOrderCreated"), 3);
  EXPECT_EQ(table.find("OrderCreated"), 2);
  EXPECT_EQ(table.find("auditLogin"), std::nullopt);
  EXPECT_EQ(table.find(""), std::nullopt);
  EXPECT_NE(table.add("A*", 1), "");
  EXPECT_NE(table.add("AuditLogin", 1), "");
  EXPECT_NE(table.add("", 1), "");
  EXPECT_NE(table.add("^(", 1).find("missing"), std::string::npos);
  EXPECT_EQ(table.add("*", 9), "");
  EXPECT_EQ(table.find("anything"), 9);
}

class RouteTest : public testing::StageTest {
 protected:
  Message& route(const RouteConfig& config, const testing::Record& record, std::string_view type) {
    BuildContext context = build_context();
    Result<std::unique_ptr<Stage>> made = make_route(config, context);
    EXPECT_TRUE(made.has_value()) << made.error().message();
    stages_.push_back(std::move(*made));
    Message& message = add(batch_, record);
    message.event.type = type;
    process(*stages_.back(), batch_);
    return message;
  }
  Batch batch_;
  std::vector<std::unique_ptr<Stage>> stages_;
};

TEST_F(RouteTest, ByEventType) {
  const RouteConfig config{.to = {{"Audit*", "audit"}, {"Noise", "drop"}, {"default", "events"}}};
  EXPECT_EQ(route(config, {}, "AuditLogin").sink, 1);
  EXPECT_EQ(route(config, {}, "TaskCreated").sink, 0);
  EXPECT_EQ(route(config, {}, "").sink, 0);
  EXPECT_EQ(route(config, {}, "Noise").drop_reason, "route");
}

TEST_F(RouteTest, WithoutDefaultUnmatchedIsADataError) {
  const RouteConfig config{.to = {{"Audit*", "audit"}}};
  const Message& unmatched = route(config, {}, "Task\n\xff");
  ASSERT_NE(unmatched.failure, nullptr);
  EXPECT_TRUE(unmatched.failure->error.is_data_error());
  EXPECT_EQ(unmatched.failure->error.message(),
            "no route for event_type \"Task\\n\xEF\xBF\xBD\"; add a pattern for it, or a 'default'");
  const Message& absent = route(config, {}, "");
  ASSERT_NE(absent.failure, nullptr);
  EXPECT_EQ(absent.failure->error.message(),
            "the message has no event_type to route by; add it, or a 'default' to the route");
}

TEST_F(RouteTest, ByHeaderKeyTopicAndPointer) {
  RouteConfig config{.to = {{"x1", "audit"}, {"default", "events"}}};
  config.by = "header:tenant";
  EXPECT_EQ(route(config, {.headers = {{"tenant", "x1"}}}, "T").sink, 1);
  EXPECT_EQ(route(config, {.headers = {{"Tenant", "x1"}}}, "T").sink, 0);
  config.by = "key";
  EXPECT_EQ(route(config, {.key = "x1"}, "T").sink, 1);
  config.by = "topic";
  EXPECT_EQ(route(config, {.topic = "x1"}, "T").sink, 1);
  config.by = "/data/kind";
  EXPECT_EQ(route(config, {.payload = R"({"data":{"kind":"x\u0031"}})"}, "T").sink, 1);
  EXPECT_EQ(route(config, {.payload = R"({"data":{"kind":["x1"]}})"}, "T").sink, 0);
  EXPECT_EQ(route(config, {.payload = "{"}, "T").sink, 0);
  config.to = {{"7", "audit"}};
  EXPECT_EQ(route(config, {.payload = R"({"data":{"kind":7}})"}, "T").sink, 1);
}

TEST_F(RouteTest, ByEveryPart) {
  for (const auto& [name, value] : weir::testing::kEveryPart) {
    const RouteConfig config{.by = name, .to = {{value, "audit"}}};
    BuildContext context = build_context();
    std::unique_ptr<Stage> stage = std::move(*make_route(config, context));
    Batch batch;
    weir::testing::give_every_part(batch.messages().emplace_back());
    Message& absent = batch.messages().emplace_back();
    process(*stage, batch);
    EXPECT_EQ(batch.messages()[0].sink, 1) << name;
    ASSERT_NE(absent.failure, nullptr) << name;
    EXPECT_TRUE(absent.failure->error.is_data_error());
  }
}

TEST_F(RouteTest, ManyValuesStayRight) {
  const RouteConfig config{.to = {{"a*", "audit"}, {"default", "events"}}};
  BuildContext context = build_context();
  std::unique_ptr<Stage> stage = std::move(*make_route(config, context));
  for (int round = 0; round < 3; ++round) {
    Batch batch;
    std::list<std::string> types;
    for (int i = 0; i < 4000; ++i) {
      add(batch, {}).event.type = types.emplace_back((i % 2 == 0 ? "a" : "b") + std::to_string(round * 4000 + i));
    }
    process(*stage, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) ASSERT_EQ(batch.messages()[i].sink, i % 2 == 0 ? 1 : 0) << i;
  }
}

TEST_F(RouteTest, RefusesUnknownSinks) {
  BuildContext context = build_context();
  EXPECT_TRUE(make_route({.to = {{"a", "nowhere"}}}, context).has_error());
  EXPECT_TRUE(make_route({.to = {{"^(", "events"}}}, context).has_error());
  EXPECT_TRUE(make_route({.by = "nothing", .to = {{"a", "events"}}}, context).has_error());
  EXPECT_TRUE(make_route({.by = "/a~2", .to = {{"a", "events"}}}, context).has_error());
}

}  // namespace
}  // namespace weir::stages
