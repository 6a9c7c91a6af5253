// Events as producers send them: each line of tests/data/events/cases.jsonl is a record of the files beside it, what
// decode is told, and what must come of it. docs/events.md speaks of these cases, by their names.
#include "pipeline/config/yaml.hpp"
#include "pipeline/parts/template.hpp"
#include "pipeline/text/base64.hpp"
#include "stages/decode.hpp"
#include "stages/register.hpp"
#include "tests/stages/kit.hpp"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <fstream>
#include <set>
#include <sstream>

namespace weir::stages {
namespace {

using ::testing::HasSubstr;
using Object = simdjson::dom::object;

constexpr std::int64_t kRecorded = 1738232130123;

std::string path_of(std::string_view name) {
  return std::string(WEIR_SOURCE_DIR) + "/tests/data/events/" + std::string(name);
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::optional<std::string> text_in(Object object, std::string_view name) {
  std::string_view value;
  if (object[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  return std::string(value);
}

std::string bytes_of(std::string_view base64) {
  const std::optional<std::string> bytes = text::decode_base64(base64);
  EXPECT_TRUE(bytes.has_value()) << base64;
  return bytes.value_or("");
}

testing::Record record_of(Object line) {
  testing::Record record{.timestamp_ms = kRecorded};
  if (const auto name = text_in(line, "case"); name.has_value()) {  // an envelope: the value alone
    record.payload = *text_in(line, "payload");
    if (name->ends_with("-in-base64")) record.payload = bytes_of(record.payload);
    return record;
  }
  record.tombstone = line["value"].is_null();
  record.payload = text_in(line, "value").value_or("");
  if (const auto value = text_in(line, "value_base64")) record.payload = bytes_of(*value);
  record.key = text_in(line, "key").value_or("");
  if (const auto topic = text_in(line, "topic")) record.topic = *topic;
  if (const auto key = text_in(line, "key_base64")) record.key = bytes_of(*key);
  for (const std::string_view headers : {"headers", "headers_base64"}) {
    Object named;
    if (line[headers].get(named) != simdjson::SUCCESS) continue;
    for (const auto& [name, value] : named) {
      const std::string text(std::string_view(value.get_string()));
      record.headers.emplace_back(std::string(name), headers == "headers" ? text : bytes_of(text));
    }
  }
  return record;
}

class EventsTest : public testing::StageTest {
 protected:
  EventsTest() { register_stages(registry_); }

  DecodeConfig config_of(const std::string& options) {
    config::Diagnostics found;
    const std::optional<config::Node> node = config::parse_yaml("{ " + options + " }", "case", found);
    const auto config = node.has_value() ? registry_.find(ComponentKind::stage, "decode")->parse(*node, "s", found)
                                         : ComponentType::Config();
    EXPECT_EQ(found.str(), "") << options;
    return config == nullptr ? DecodeConfig() : *static_cast<const DecodeConfig*>(config.get());
  }

  static void expect_text(Object expected, std::string_view name, std::string_view is) {
    if (const auto wanted = text_in(expected, name)) EXPECT_EQ(is, *wanted) << name;
  }

  // A misspelt expectation would hold for ever.
  static void expect_known_names(Object expected) {
    static const std::set<std::string_view> kKnown{
        "case",         "file",          "line",      "decode",       "failure",   "dropped",
        "id",           "original_id",   "type",      "aggregate_id", "data",      "occurred_on",
        "extra",        "version",       "schema_id", "stream",       "no_stream", "original_occurred_on",
        "causation_id", "correlation_id"};
    for (const auto& [name, value] : expected) EXPECT_TRUE(kKnown.contains(name)) << name;
  }

  static void check(Object expected, const Message& message) {
    expect_known_names(expected);
    const DomainEvent& event = message.event;
    if (const auto why = text_in(expected, "failure")) {
      ASSERT_NE(message.failure, nullptr) << "it was taken";
      EXPECT_THAT(message.failure->error.message(), HasSubstr(*why));
    } else {
      ASSERT_EQ(message.failure, nullptr) << message.failure->error.message();
    }
    EXPECT_EQ(message.drop_reason, text_in(expected, "dropped").value_or(""));
    expect_text(expected, "id", event.id.has_value() ? event.id->str() : "");
    expect_text(expected, "original_id", event.original_id);
    expect_text(expected, "type", event.type);
    expect_text(expected, "aggregate_id", event.aggregate_id);
    expect_text(expected, "occurred_on", event.occurred_on);
    expect_text(expected, "original_occurred_on", event.original_occurred_on);
    expect_text(expected, "correlation_id", event.correlation_id);
    expect_text(expected, "causation_id", event.causation_id);
    expect_text(expected, "data", event.data);
    expect_text(expected, "extra", event.extra);
    std::int64_t number = 0;
    if (expected["version"].get(number) == simdjson::SUCCESS) EXPECT_EQ(event.aggregate_version, number);
    if (expected["version"].is_null()) EXPECT_FALSE(event.aggregate_version.has_value());
    if (expected["schema_id"].get(number) == simdjson::SUCCESS) EXPECT_EQ(event.schema_id, number);
    std::string stream;
    const Result<void> rendered = Template::parse("{aggregate_type}-{aggregate_id}", "stream")->render(message, stream);
    if (text_in(expected, "stream").has_value()) EXPECT_EQ(stream, *text_in(expected, "stream"));
    if (const auto why = text_in(expected, "no_stream")) {
      ASSERT_TRUE(rendered.has_error()) << stream;
      EXPECT_THAT(rendered.error().message(), HasSubstr(*why));
    }
  }

  Registry registry_;
};

TEST_F(EventsTest, EachCaseComesOutAsItSays) {
  simdjson::dom::parser cases;
  simdjson::dom::parser records;
  for (const std::string& line : lines_of(path_of("cases.jsonl"))) {
    Object expected = cases.parse(line).get_object();
    SCOPED_TRACE(*text_in(expected, "case"));
    const std::vector<std::string> lines = lines_of(path_of(*text_in(expected, "file")));
    const auto at = static_cast<std::size_t>(std::int64_t(expected["line"]));
    ASSERT_LE(at, lines.size());
    const testing::Record record = record_of(records.parse(lines[at - 1]).get_object());
    const std::unique_ptr<Stage> stage = make_decode(config_of(*text_in(expected, "decode")));
    Batch batch;
    Message& message = add(batch, record);
    const std::string_view payload = message.payload;
    process(*stage, batch);
    check(expected, message);
    // Dead letters and copies are made of the record's own bytes.
    EXPECT_EQ(message.payload.data(), payload.data());
    EXPECT_EQ(message.payload.size(), payload.size());
  }
}

// The sample events say of themselves how many decode refuses; two kinds of their dead letters are not decode's.
TEST_F(EventsTest, TheSampleEventsComeOutAsTheySay) {
  const std::string samples = std::string(WEIR_SOURCE_DIR) + "/examples/domain-events/";
  simdjson::dom::parser expectation;
  Object expected = expectation.load(samples + "expected.json").get_object();
  std::int64_t wanted = expected["dead_letters"];
  wanted -= std::int64_t(expected["dead_letters_by_kind"]["an id used again with other content"]);
  wanted -= std::int64_t(expected["dead_letters_by_kind"]["no aggregate id and no key"]);
  const std::unique_ptr<Stage> stage = make_decode({});
  simdjson::dom::parser parser;
  std::int64_t failed = 0;
  std::int64_t dropped = 0;
  std::set<Uuid> ids;
  for (const std::string& line : lines_of(samples + "events.jsonl")) {
    Object sample = parser.parse(line).get_object();
    testing::Record record = record_of(sample);
    if (sample["value"].is_object() || sample["value"].is_array())
      record.payload = simdjson::minify(sample["value"].value());
    Batch batch;
    const Message& message = add(batch, record);
    process(*stage, batch);
    if (message.failure != nullptr) ++failed;
    if (!message.drop_reason.empty()) ++dropped;
    if (message.is_live()) ids.insert(message.event.id.value());
  }
  EXPECT_EQ(failed, wanted);
  EXPECT_EQ(dropped, std::int64_t(expected["tombstones"]));
  // One id for each good event, and for each that has no aggregate.
  EXPECT_EQ(ids.size(), std::uint64_t(expected["good"]) +
                            std::uint64_t(expected["dead_letters_by_kind"]["no aggregate id and no key"]));
}

// A page that promises what no case shows would be believed.
TEST_F(EventsTest, ThePageSpeaksOfCasesThatAreThere) {
  std::set<std::string> known;
  simdjson::dom::parser parser;
  for (const std::string& line : lines_of(path_of("cases.jsonl")))
    known.insert(*text_in(parser.parse(line).get_object(), "case"));
  std::size_t rows = 0;
  for (const std::string& line : lines_of(std::string(WEIR_SOURCE_DIR) + "/docs/events.md")) {
    const bool is_row = line.starts_with("| ") && line.ends_with(" |") && !line.starts_with("| --");
    if (!is_row || line.ends_with("| shown by |")) continue;
    ++rows;
    const std::size_t last = line.rfind("| ", line.size() - 3);
    std::istringstream names(line.substr(last + 2, line.size() - last - 4));
    std::size_t shown = 0;
    for (std::string name; std::getline(names, name, '`');) {
      if (name.empty() || name.find_first_not_of(", ") == std::string::npos) continue;
      ++shown;
      EXPECT_TRUE(known.contains(name)) << name << " in: " << line;
    }
    EXPECT_GT(shown, 0u) << line;
  }
  EXPECT_GT(rows, 40u);
}

}  // namespace
}  // namespace weir::stages
