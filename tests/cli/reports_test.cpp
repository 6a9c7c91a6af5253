#include "cli/run/lint_report.hpp"
#include "cli/streams/event_view.hpp"
#include "cli/verbs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <sstream>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;

config::Diagnostics findings() {
  const auto file = std::make_shared<const std::string>("p.yaml");
  config::Diagnostics found;
  found.error("unknown-key", {file, 12, 7}, "pipelines.p.stages[1].dedupe.windw", "unknown key 'windw'",
              "did you mean 'window'?");
  found.warning("unused-connection", {file, 2, 3}, "connections.x", "nobody uses 'x\x1b'");
  return found;
}

TEST(LintReport, OneLinePerFindingAndACount) {
  EXPECT_EQ(render_findings(findings(), 2, false),
            "p.yaml:12:7: error: unknown key 'windw' (did you mean 'window'?) [unknown-key]\n"
            "p.yaml:2:3: warning: nobody uses 'x\\x1b' [unused-connection]\n"
            "1 error, 1 warning in 2 files\n");
  EXPECT_EQ(render_findings({}, 1, false), "1 file, no findings\n");
}

TEST(LintReport, TheLineOfTheFileStandsBelowItsFinding) {
  config::Diagnostics found;
  found.add({config::Severity::error,
             "syntax",
             {std::make_shared<const std::string>("p.yaml"), 2, 3},
             {},
             "bad",
             {},
             "  a: [b\x1b\n    ^\n"});
  EXPECT_EQ(render_findings(found, 1, false),
            "p.yaml:2:3: error: bad [syntax]\n  a: [b\\x1b\n    ^\n1 error, 0 warnings in 1 file\n");
}

TEST(LintReport, Json) {
  EXPECT_EQ(
      render_findings_json(findings(), 2),
      R"({"files":2,"errors":1,"warnings":1,"findings":[{"severity":"error","code":"unknown-key","file":"p.yaml",)"
      R"("line":12,"column":7,"path":"pipelines.p.stages[1].dedupe.windw","message":"unknown key 'windw'",)"
      R"("hint":"did you mean 'window'?"},{"severity":"warning","code":"unused-connection","file":"p.yaml","line":2,)"
      R"("column":3,"path":"connections.x","message":"nobody uses 'x\u001b'","hint":""}]})"
      "\n");
}

TEST(LintReport, ExitCodes) {
  EXPECT_EQ(lint_exit_code({}, true), ExitCode::ok);
  EXPECT_EQ(lint_exit_code(findings(), false), ExitCode::configuration);
  config::Diagnostics warning;
  warning.warning("no-effect", {}, "", "w");
  EXPECT_EQ(lint_exit_code(warning, false), ExitCode::ok);
  EXPECT_EQ(lint_exit_code(warning, true), ExitCode::failed);
}

EventView event() {
  EventView e;
  e.stream = "Order-1";
  e.revision = 3;
  e.type = "OrderPlaced";
  e.id = "00000000-0000-0000-0000-000000000001";
  e.time = "2026-01-01T00:00:00.000Z";
  e.data = R"({"a":1})";
  e.metadata = "{}";
  return e;
}

TEST(EventView, ForPeople) {
  EXPECT_EQ(render_event(event(), true, false),
            "3  OrderPlaced  00000000-0000-0000-0000-000000000001  2026-01-01T00:00:00.000Z  Order-1\n"
            "    {\n      \"a\": 1\n    }\n");
  EXPECT_THAT(render_event(event(), false, false), HasSubstr("\n    {\"a\":1}\n"));
  EventView hostile = event();
  hostile.type = "\x1b]0;x\x07";
  hostile.data = "\x1b[2J";
  EXPECT_EQ(render_event(hostile, true, false).find('\x1b'), std::string::npos);
}

// What was stored as JSON is shown as JSON, with the bytes that it has.
TEST(EventView, DataIsJsonByTheRulesThatLetItIn) {
  for (const std::string data :
       {"{\"n\":12345678901234567890123}", "{\"n\":1E400}", "{\"s\":\"\\ud83d\"}", "{\"a\":1,\"a\":2}"}) {
    EventView e = event();
    e.data = data;
    EXPECT_THAT(render_event_json(e), HasSubstr("\"data\":" + data + ",")) << data;
  }
  EventView half = event();
  half.data = "{\"a\":1} x";
  EXPECT_THAT(render_event_json(half), HasSubstr("data_base64"));
}

TEST(EventView, JsonIsAlwaysOneValidLine) {
  EXPECT_EQ(render_event_json(event()),
            R"({"stream":"Order-1","revision":3,"type":"OrderPlaced","id":"00000000-0000-0000-0000-000000000001",)"
            R"("time":"2026-01-01T00:00:00.000Z","data":{"a":1},"metadata":{}})"
            "\n");
  for (const std::string& bytes :
       {std::string("\xff\0", 2), std::string("{broken"), std::string("{\n\"a\":\r\n1}"), std::string()}) {
    EventView e = event();
    e.data = bytes;
    e.metadata = bytes;
    e.type = "quote\" \xfe";
    const std::string line = render_event_json(e);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    simdjson::dom::parser parser;
    EXPECT_EQ(parser.parse(line).error(), simdjson::SUCCESS) << line;
  }
  EventView binary = event();
  binary.is_json = false;
  EXPECT_THAT(render_event_json(binary), HasSubstr(R"("data_base64":"eyJhIjoxfQ==")"));
}

TEST(Version, TextAndJson) {
  std::ostringstream out, err;
  const Environment none = [](const std::string&) {
    return std::optional<std::string>();
  };
  Console console{out, err, {}, {}, none};
  EXPECT_EQ(run_version({}, console), ExitCode::ok);
  EXPECT_TRUE(out.str().starts_with("weir 0.")) << out.str();
  out.str("");
  EXPECT_EQ(run_version({.json = true}, console), ExitCode::ok);
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  ASSERT_EQ(parser.parse(out.str()).get(document), simdjson::SUCCESS) << out.str();
  for (const char* name :
       {"version", "compiler", "build", "librdkafka", "grpc", "rocksdb", "simdjson", "json_kernel"}) {
    EXPECT_EQ(document[name].error(), simdjson::SUCCESS) << name;
  }
}

TEST(ExitCodes, OfErrors) {
  EXPECT_EQ(exit_code_of(Error(Errc::not_found, "")), ExitCode::not_found);
  EXPECT_EQ(exit_code_of(Error(Errc::unavailable, "")), ExitCode::not_found);
  EXPECT_EQ(exit_code_of(Error(Errc::already_exists, "")), ExitCode::in_use);
  EXPECT_EQ(exit_code_of(Error(Errc::invalid_argument, "")), ExitCode::configuration);
  EXPECT_EQ(exit_code_of(Error(Errc::internal, "")), ExitCode::failed);
}

}  // namespace
}  // namespace weir::cli
