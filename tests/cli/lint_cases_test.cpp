// Mistakes in configurations: each line of tests/data/config/wrong.jsonl is a change to good.yaml beside it, and what
// lint must say of it, all of it and where.
#include "connectors/eventstoredb/register.hpp"
#include "connectors/kafka/register.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/topology/topology.hpp"
#include "sinks/register.hpp"
#include "stages/register.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace weir::cli {
namespace {

using config::Node;

std::string data_path(std::string_view name) {
  return std::string(WEIR_SOURCE_DIR) + "/tests/data/config/" + std::string(name);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

// "23:11 unknown-key: what is wrong (what to do)".
std::string in_short(const config::Diagnostic& finding) {
  return std::to_string(finding.mark.line) + ":" + std::to_string(finding.mark.column) + " " +
         std::string(finding.code.name()) + ": " + finding.message + " (" + finding.hint + ")";
}

// "23:11 unknown-key part of the text" is met by a finding with that place, code and part.
bool meets(const std::string& expected, const std::string& finding) {
  const std::size_t code = expected.find(' ') + 1;
  const std::size_t part = expected.find(' ', code);
  return finding.starts_with(expected.substr(0, part) + ":") &&
         finding.find(expected.substr(part + 1), part) != std::string::npos;
}

class LintCasesTest : public ::testing::Test {
 protected:
  LintCasesTest() {
    stages::register_stages(registry_);
    connectors::kafka::register_kafka(registry_);
    connectors::eventstoredb::register_eventstoredb(registry_);
    sinks::register_sinks(registry_);
  }
  std::vector<std::string> findings_in(const std::string& yaml) const {
    const Environment nothing_set = [](const std::string&) {
      return std::optional<std::string>();
    };
    config::Diagnostics found;
    parse_topology(yaml, data_path("good.yaml"), registry_, nothing_set, found);
    std::vector<std::string> all;
    for (const config::Diagnostic& finding : found.all()) all.push_back(in_short(finding));
    return all;
  }

  const std::string good_ = content_of(data_path("good.yaml"));
  Registry registry_;
};

// Each pair of texts: the first stands once in the file, and the second takes its place.
std::string changed(std::string yaml, const Node& changes) {
  for (const Node& change : changes.items()) {
    const std::string& old_text = change.items().at(0).text();
    const std::size_t at = yaml.find(old_text);
    EXPECT_NE(at, std::string::npos) << old_text;
    EXPECT_EQ(yaml.find(old_text, at + 1), std::string::npos) << "stands twice: " << old_text;
    if (at != std::string::npos) yaml.replace(at, old_text.size(), change.items().at(1).text());
  }
  return yaml;
}

TEST_F(LintCasesTest, TheGoodOneHasNoFindings) {
  const std::vector<std::string> found = findings_in(good_);
  EXPECT_TRUE(found.empty()) << ::testing::PrintToString(found);
}

TEST_F(LintCasesTest, EveryMistakeIsFoundWhereItIs) {
  std::istringstream lines(content_of(data_path("wrong.jsonl")));
  std::size_t cases = 0;
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line); ++cases) {
    config::Diagnostics unreadable;
    const std::optional<Node> read = config::parse_yaml(line, "wrong.jsonl", unreadable);  // JSON is YAML
    ASSERT_TRUE(read.has_value()) << line << unreadable.str();
    const std::string& name = read->find("case")->text();
    SCOPED_TRACE(name);
    EXPECT_TRUE(names.insert(name).second) << "two cases have this name";
    std::vector<std::string> found = findings_in(changed(good_, *read->find("change")));
    const std::string all = ::testing::PrintToString(found);
    for (const Node& expected : read->find("expect")->items()) {
      const auto met = std::ranges::find_if(found, [&](const std::string& one) { return meets(expected.text(), one); });
      EXPECT_NE(met, found.end()) << "not found: " << expected.text() << "\nfound: " << all;
      if (met != found.end()) found.erase(met);
    }
    EXPECT_TRUE(found.empty()) << "not expected: " << ::testing::PrintToString(found);
    EXPECT_EQ(all.find("hunter2"), std::string::npos) << "secrets are not shown: " << all;
  }
  EXPECT_GE(cases, 150U);
}

}  // namespace
}  // namespace weir::cli
