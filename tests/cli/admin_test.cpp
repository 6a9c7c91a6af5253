// What `weir status` makes of an answer, tokens, and the words of the admin port.
#include "cli/admin/admin_request.hpp"
#include "cli/admin/status_view.hpp"
#include "cli/admin/token_file.hpp"
#include "cli/arguments/arguments.hpp"
#include "pipeline/control/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(AdminStatus, OneLinePerPipelineThenWhatKeepsThem) {
  Summary summary;
  PipelineSummary& orders = summary.pipelines.emplace_back();
  orders.name = "orders";
  orders.state = "paused";
  orders.reasons = {"sink 'events': connection refused"};
  orders.consumed = 1'234'567;
  orders.written = 1'000;
  orders.dropped = {{"duplicate", 2}, {"tombstone", 3}};
  PartitionStatus& partition = orders.partitions.emplace_back();
  partition.assigned = true;
  partition.watermark = 10;
  partition.end = 52;
  PipelineSummary& idle = summary.pipelines.emplace_back();
  idle.name = "idle";
  idle.state = "running";
  idle.assigned = false;
  idle.waiting_for = "no broker has answered yet";
  summary.connections.push_back({"store", "eventstoredb", false, "refused"});
  const Result<std::string> text = describe_status(render_json(summary), false);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(*text,
            "PIPELINE  STATE         READ  WRITTEN  DUPLICATES  DROPPED  DEAD LETTERS  IN FLIGHT  LAG\n"
            "orders    paused   1 234 567    1 000           0        5             0          0   42\n"
            "idle      running          0        0           0        0             0          0    -\n"
            "orders: sink 'events': connection refused\n"
            "idle: waits for partitions: no broker has answered yet\n"
            "connection store: not open: refused\n");
}

TEST(AdminStatus, WhateverAnswersIsSafeToShow) {
  for (const char* bad : {"", "{", "[]", "{}", "{\"pipelines\": 1}", "<html>"})
    EXPECT_TRUE(describe_status(bad, false).has_error()) << bad;
  EXPECT_EQ(*describe_status("{\"pipelines\": []}", false), "no pipelines run\n");
  const Result<std::string> odd = describe_status(
      "{\"pipelines\": [{\"name\": \"a\\u001b[31m\", \"state\": 7, \"partitions\": {}, \"reasons\": [1, "
      "\"\\u0007\"]}]}",
      false);
  ASSERT_TRUE(odd.has_value());
  EXPECT_THAT(*odd, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07"))));
}

class TokenFile : public ::testing::Test {
 protected:
  ~TokenFile() override { std::filesystem::remove(path_); }
  Result<std::string> read(const std::string& text) const {
    std::ofstream(path_, std::ios::binary) << text;
    return read_token(path_);
  }
  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("weir-token-" + std::to_string(::getpid()))).string();
};

TEST_F(TokenFile, ItIsOneLineThatMayStandInAHeader) {
  EXPECT_EQ(read("0123456789abcdef").value(), "0123456789abcdef");
  EXPECT_EQ(read("0123456789abcdef \r\n\n").value(), "0123456789abcdef");
  EXPECT_EQ(read(std::string(1024, 'x')).value().size(), 1024u);
  for (const std::string& bad : {std::string(), std::string("\n"), std::string("short"), std::string(1025, 'x'),
                                 std::string("0123456789 abcdefgh"), std::string("0123456789abcdef\r\nX-More: 1"),
                                 std::string("0123456789abcdef\0g", 18)})
    EXPECT_EQ(read(bad).error().code(), Errc::invalid_argument) << bad;
  EXPECT_EQ(read_token("/nowhere/token").error().code(), Errc::not_found);
  EXPECT_THAT(read("secret").error().message(), Not(HasSubstr("secret\"")));
}

TEST(AdminAnswers, RefusalsSayWhatToDo) {
  const AdminTarget target{.host = "::1", .port = 7070, .token_file = {}};
  EXPECT_THAT(explain_refusal(target, {401, "x"}), AllOf(HasSubstr("[::1]:7070"), HasSubstr("--token-file")));
  EXPECT_THAT(explain_refusal(target, {421, "x"}), HasSubstr("--admin-host"));
  EXPECT_THAT(explain_refusal(target, {503, "busy\n"}), HasSubstr("503: busy"));
}

template <class T>
T parse(std::vector<std::string> words) {
  std::variant<Command, Answer> parsed = parse_arguments(std::move(words));
  EXPECT_TRUE(std::holds_alternative<Command>(parsed))
      << (std::holds_alternative<Answer>(parsed) ? std::get<Answer>(parsed).text : "");
  return std::get<T>(std::get<Command>(parsed));
}

TEST(AdminArguments, ThePortIsOnLoopbackUnlessItIsChosen) {
  const AdminPortOptions usual = parse<RunOptions>({"run", "a.yaml"}).admin;
  EXPECT_EQ(usual.host, "127.0.0.1");
  EXPECT_EQ(usual.port, 7070);
  EXPECT_FALSE(usual.was_chosen || usual.off);
  const AdminPortOptions chosen = parse<DevOptions>({"dev", "--admin", "[::]:80", "--admin-token-file", "t",
                                                     "--admin-host", "a", "--admin-host", "b"})
                                      .run.admin;
  EXPECT_EQ(chosen.host, "::");
  EXPECT_EQ(chosen.port, 80);
  EXPECT_TRUE(chosen.was_chosen);
  EXPECT_EQ(chosen.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(chosen.token_file, "t");
  EXPECT_TRUE(parse<RunOptions>({"run", "a.yaml", "--admin", "off"}).admin.off);
  for (const char* bad : {"7070", "localhost", ":7070", "localhost:99999", "on"}) {
    const auto refused = parse_arguments({"run", "a.yaml", "--admin", bad});
    ASSERT_TRUE(std::holds_alternative<Answer>(refused)) << bad;
    EXPECT_EQ(std::get<Answer>(refused).code, ExitCode::usage);
  }
}

TEST(AdminArguments, ReloadAndStatusSayWhoIsMeant) {
  const ReloadOptions reload = parse<ReloadOptions>({"reload", "--admin", "h:1", "--token-file", "t", "--json"});
  EXPECT_EQ(reload.target.host, "h");
  EXPECT_EQ(reload.target.port, 1);
  EXPECT_EQ(reload.target.token_file, "t");
  EXPECT_TRUE(reload.json);
  EXPECT_EQ(parse<StatusOptions>({"status"}).target.port, 7070);
}

}  // namespace
}  // namespace weir::cli
