#include "testkit/case/case_reader.hpp"

#include "expect_kit.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace weir::testkit {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CaseReaderTest : public ::testing::Test {
 protected:
  CaseReaderTest() {
    directory_ = std::filesystem::path(::testing::TempDir()) / ("weir-cases-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
    words_ = orders_words();
    words_.directory = directory_;
  }
  ~CaseReaderTest() override { std::filesystem::remove_all(directory_); }

  void put_file(const std::string& name, const std::string& bytes) {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
  }
  Case read(const std::string& text) {
    config::Diagnostics findings;
    Case test = read_case(yaml(text), "tests[0]", words_, findings);
    EXPECT_EQ(findings.str(), "");
    return test;
  }
  std::string findings(const std::string& text) {
    config::Diagnostics found;
    read_case(yaml(text), "tests[0]", words_, found);
    return found.str();
  }
  // Of a test that has only these records and steps.
  std::string findings_in(const std::string& in) { return findings("{ name: t, expect: {}, in: [ " + in + " ] }"); }
  std::vector<Step> steps(const std::string& in) { return read("{ name: t, expect: {}, in: [ " + in + " ] }").steps; }
  InputRecord record(const std::string& in) {
    const std::vector<Step> read = steps(in);
    EXPECT_EQ(read.size(), 1u);
    return *std::get<Put>(read.front().what).record;
  }
  std::vector<Fault> faults(const std::string& list) {
    return read("{ name: t, in: [], expect: {}, faults: [ " + list + " ] }").faults;
  }
  std::string findings_of_faults(const std::string& list) {
    return findings("{ name: t, in: [], expect: {}, faults: [ " + list + " ] }");
  }

  std::filesystem::path directory_;
  Vocabulary words_;
};

TEST_F(CaseReaderTest, ATestHasANameInputAndExpectations) {
  const Case test =
      read("name: all is stored\nenvironment: { GROUP: a }\nin: []\nexpect: { events: [] }\nlimit: 5m\nworkers: 2");
  EXPECT_EQ(test.name, "all is stored");
  EXPECT_EQ(test.mark.str(), "t.yaml:1:1");
  EXPECT_EQ(test.expect_mark.str(), "t.yaml:4:1");
  EXPECT_EQ(test.environment, (std::vector<std::pair<std::string, std::string>>{{"GROUP", "a"}}));
  EXPECT_EQ(test.limit, std::chrono::minutes(5));
  EXPECT_EQ(test.workers, 2u);
}

TEST_F(CaseReaderTest, ARecordHasEveryPartThatKafkasHave) {
  const InputRecord read =
      record("{ topic: orders, partition: 2, key: a, headers: { tenant: blue, none: null }, value: x, timestamp: 17 }");
  EXPECT_EQ(read.topic, "orders");
  EXPECT_EQ(read.partition, 2);
  EXPECT_EQ(read.key, "a");
  ASSERT_EQ(read.headers.size(), 2u);
  EXPECT_EQ(read.headers[0].second, "blue");
  EXPECT_EQ(read.headers[1].second, std::nullopt);
  EXPECT_EQ(read.value, "x");
  EXPECT_EQ(read.timestamp_ms, 17);
}

TEST_F(CaseReaderTest, AValueIsTextOrJsonOrBytesOrNull) {
  EXPECT_EQ(record("{ topic: orders, value: { id: 1, a: [x, null] } }").value, R"({"id":1,"a":["x",null]})");
  EXPECT_EQ(record("{ topic: orders, value: \"{ half\" }").value, "{ half");
  EXPECT_EQ(record("{ topic: orders, json: x }").value, R"("x")");
  EXPECT_EQ(record("{ topic: orders, json: 5 }").value, "5");
  EXPECT_EQ(record("{ topic: orders, value_base64: AAEC }").value, std::string("\0\x01\x02", 3));
  EXPECT_EQ(record("{ topic: orders, key_base64: AAEC, value: a }").key, std::string("\0\x01\x02", 3));
  EXPECT_EQ(record("{ topic: orders, null: true }").value, std::nullopt);
  EXPECT_EQ(record("{ topic: orders, value: null }").value, std::nullopt);
  put_file("a.json", "{\"a\":\n1}");
  EXPECT_EQ(record("{ topic: orders, file: a.json }").value, "{\"a\":\n1}");
}

TEST_F(CaseReaderTest, TopicAndValueInOne) {
  EXPECT_EQ(record("{ orders: { id: 1 } }").value, R"({"id":1})");
  EXPECT_EQ(record("{ refunds: text }").topic, "refunds");
  EXPECT_EQ(record("{ refunds: null }").value, std::nullopt);
}

TEST_F(CaseReaderTest, TheTopicMayBeLeftOutWhereThereIsOne) {
  words_.topics = {"orders"};
  EXPECT_EQ(record("{ value: a }").topic, "orders");
}

TEST_F(CaseReaderTest, ATopicThatAnExpressionTakesIsRead) {
  words_.takes = {[](const std::string& name) {
    return name.starts_with("audit-");
  }};
  EXPECT_EQ(record("{ topic: audit-7, value: a }").topic, "audit-7");
  EXPECT_THAT(findings_in("{ topic: other, value: a }"), HasSubstr("does not read the topic 'other'"));
}

TEST_F(CaseReaderTest, StepsStandBetweenRecords) {
  const std::vector<Step> read = steps(
      "{ orders: a }, { at: 5s }, { after: idle }, { after: 1m }, { clock: { advance: 2h } }, crash, { restart: {} }, "
      "{ stop: null }, rebalance, { away: { connection: store, for: 10m } }, { reload: { file: b.yaml } }, "
      "{ reload: { patch: { lanes: 2 } } }, { topic: orders, value: b, times: 3 }");
  ASSERT_EQ(read.size(), 13u);
  EXPECT_EQ(std::get<WaitUntil>(read[1].what).at, std::chrono::seconds(5));
  EXPECT_TRUE(std::holds_alternative<WaitIdle>(read[2].what));
  EXPECT_EQ(std::get<WaitFor>(read[3].what).time, std::chrono::minutes(1));
  EXPECT_EQ(std::get<WaitFor>(read[4].what).time, std::chrono::hours(2));
  EXPECT_TRUE(std::holds_alternative<Crash>(read[5].what));
  EXPECT_TRUE(std::holds_alternative<Restart>(read[6].what));
  EXPECT_TRUE(std::holds_alternative<Stop>(read[7].what));
  EXPECT_TRUE(std::holds_alternative<Rebalance>(read[8].what));
  EXPECT_EQ(std::get<Away>(read[9].what).kind, "eventstoredb");
  EXPECT_EQ(std::get<Reload>(read[10].what).file, directory_ / "b.yaml");
  EXPECT_NE(std::get<Reload>(read[11].what).patch.find("lanes"), nullptr);
  EXPECT_EQ(std::get<Put>(read[12].what).times, 3u);
}

TEST_F(CaseReaderTest, LinesOfAFileAreRecordsAsFeedReadsThem) {
  put_file("a.jsonl", R"({"topic":"orders","key":"k","headers":{"a":"b"},"value":{"id":1}})"
                      "\n\n"
                      R"({"topic":"refunds","value":"t"})"
                      "\n");
  const std::vector<Step> read = steps("{ lines: a.jsonl }");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(std::get<Put>(read[0].what).record->value, R"({"id":1})");
  EXPECT_EQ(std::get<Put>(read[1].what).record->value, "t");
  put_file("b.jsonl", "{\"topic\":\"orders\",\"value\":\"t\"}\n{\"topik\":\"orders\"}\n");
  EXPECT_THAT(findings_in("{ lines: b.jsonl }"),
              AllOf(HasSubstr("b.jsonl:2: unknown key 'topik'"), HasSubstr("did you mean 'topic'?")));
  put_file("c.jsonl", "no\n");
  EXPECT_THAT(findings_in("{ lines: c.jsonl }"), HasSubstr("c.jsonl:1 is no JSON"));
}

TEST_F(CaseReaderTest, FaultsSayWhatGoesWrongAndWhen) {
  const std::vector<Fault> read = faults(
      "{ store: { on_append: 3, do: timeout_after_commit } }, { store: { do: slow, for: 3s, times: 5 } }, "
      "{ crash: { at_message: 20 } }, { rebalance: { at_message: 40 } }, "
      "{ away: { connection: broker, for: 10m, at_message: 2 } }");
  ASSERT_EQ(read.size(), 5u);
  EXPECT_EQ(std::get<StoreFault>(read[0].what).connection, "store");
  EXPECT_EQ(std::get<StoreFault>(read[0].what).on_append, 3u);
  EXPECT_EQ(std::get<StoreFault>(read[1].what).time, std::chrono::seconds(3));
  EXPECT_EQ(std::get<StoreFault>(read[1].what).times, 5u);
  EXPECT_TRUE(std::holds_alternative<Crash>(std::get<AtMessage>(read[2].what).what));
  EXPECT_EQ(std::get<AtMessage>(read[3].what).message, 40u);
  EXPECT_EQ(std::get<Away>(std::get<AtMessage>(read[4].what).what).kind, "kafka");
}

TEST_F(CaseReaderTest, EveryWrongRecordHasItsPlaceAndACure) {
  put_file("good", "x");
  put_file("large", std::string(1U << 20U, 'x'));
  const std::pair<const char*, const char*> cases[] = {
      {"{ topik: orders, value: a }", "t.yaml:1:32: error: tests[0].in[0]: unknown key 'topik'"},
      {"{ topik: orders, value: a }", "did you mean 'topic'?"},
      {"{ topic: ordes, value: a }",
       "the pipeline does not read the topic 'ordes', so nothing would come of the record"},
      {"{ topic: ordes, value: a }", "did you mean 'orders'?"},
      {"{ value: a }", "'topic' is missing: the pipeline reads several topics"},
      {"{ topic: orders }", "the record has no value"},
      {"{ topic: orders, value: a, json: b }", "'value' and 'json' both say the value"},
      {"{ topic: orders, null: false }", "'null' is true, or is not written"},
      {"{ topic: orders, value_base64: \"*\" }", "expected base64"},
      {"{ topic: orders, file: none.json }", "none.json' is not there (paths begin in the directory of the file"},
      {"{ topic: orders, file: . }", "is no regular file"},
      {"{ topic: orders, value: a, partition: -1 }", "partition"},
      {"{ topic: orders, value: a, times: 0 }", "times: expected a value from 1 to 1000000, found '0'"},
      {"{ topic: orders, value: a, headers: [a] }", "expected a mapping"},
      {"{ topic: orders, value: a, timestamp: now }", "timestamp"},
      {"crush", "did you mean 'crash'?"},
      {"[1]", "expected a record, such as { topic: orders, value: { id: 1 } }, or a step"},
      {"{ crash: { at_message: 3 } }", "what happens at some message stands under 'faults:'"},
      {"{ at: 5 }", "a duration with its unit"},
      {"{ after: idel }", "expected idle, or a duration such as 5s"},
      {"{ clock: { advanced: 2h } }", "did you mean 'advance'?"},
      {"{ away: { connection: stroe, for: 1m } }", "the pipeline has no connection 'stroe' (did you mean 'store'?)"},
      {"{ away: { connection: store } }", "'for' (duration) is required"},
      {"{ reload: {} }", "exactly one of 'file' and 'patch'"},
      {"{ lines: none.jsonl }", "is not there"},
      {"{ at: 4000d }", "at most"},
      {"{ after: 4000d }", "at most"},
      {"{ clock: { advance: 4000d } }", "advance: expected a value from"},
      {"{ away: { connection: store, for: 4000d } }", "for: expected a value from"},
      {"{ topic: orders, file: large, times: 1000 }",
       "the records have 1048576 bytes each, more than 256 MiB in all (lower 'times'"},
  };
  for (const auto& [in, finding] : cases) EXPECT_THAT(findings_in(in), HasSubstr(finding)) << in;
}

TEST_F(CaseReaderTest, EveryWrongFaultHasItsPlaceAndACure) {
  const std::pair<const char*, const char*> cases[] = {
      {"{ stor: {} }", "there is no fault 'stor' (did you mean 'store'?)"},
      {"crash", "expected one of store, away, crash, rebalance"},
      {"{ store: { do: x }, crash: {} }", "one key each: begin a new item with '-'"},
      {"{ store: { do: timeout_after_comit } }", "did you mean 'timeout_after_commit'?"},
      {"{ store: {} }", "'do' (string) is required"},
      {"{ store: { do: slow } }", "'do: slow' needs to know for how long"},
      {"{ store: { do: unavailable, for: 3s } }", "'do: unavailable' takes no time"},
      {"{ store: { do: unavailable, connection: broker } }", "is of kind 'kafka'; a store is wanted"},
      {"{ store: { do: unavailable, on_append: 0 } }", "on_append"},
      {"{ crash: {} }", "'at_message' (integer) is required"},
      {"{ crash: { at: 3 } }", "unknown key 'at'"},
      {"{ away: { connection: store, for: 4000d, at_message: 1 } }", "for: expected a value from"},
      {"{ store: { do: slow, for: 4000d } }", "for: expected a value from"},
      {"{ away: { connection: x, for: 1m, at_message: 1 } }", "the pipeline has no connection 'x'"},
  };
  for (const auto& [fault, finding] : cases) EXPECT_THAT(findings_of_faults(fault), HasSubstr(finding)) << fault;
  words_.connections.emplace_back("store-2", "eventstoredb");
  EXPECT_THAT(findings_of_faults("{ store: { do: unavailable } }"),
              HasSubstr("the pipeline uses several event stores"));
}

TEST_F(CaseReaderTest, EveryWrongTestHasItsPlaceAndACure) {
  const std::pair<const char*, const char*> cases[] = {
      {"{ name: t, in: [] }", "'expect' is missing: the test could not fail"},
      {"{ name: \"\", in: [], expect: {} }", "the name is empty"},
      {"{ in: [], expect: {} }", "'name' (string) is required"},
      {"{ name: t, expect: {} }", "'in' is required"},
      {"{ name: t, in: {}, expect: {} }", "put '- ' before each record"},
      {"{ name: t, in: [], expects: {} }", "did you mean 'expect'?"},
      {"{ name: t, in: [], expect: {}, faults: {} }", "put '- ' before each fault"},
      {"{ name: t, in: [], expect: {}, limit: 4000d }", "limit: expected a value from"},
      {"{ name: t, in: [], expect: {}, limit: 10 }", "a duration with its unit"},
      {"{ name: t, in: [], expect: {}, environment: [A] }", "expected a mapping"},
      {"t", "expected a mapping of options"},
  };
  for (const auto& [test, finding] : cases) EXPECT_THAT(findings(test), HasSubstr(finding)) << test;
}

TEST_F(CaseReaderTest, WithoutExpectationsWhereTheyAreToBeWritten) {
  config::Diagnostics found;
  const Case test = read_case(yaml("{ name: t, in: [] }"), "tests[0]", words_, found, true);
  EXPECT_EQ(found.str(), "");
  EXPECT_FALSE(test.expect.has_value());
}

}  // namespace
}  // namespace weir::testkit
