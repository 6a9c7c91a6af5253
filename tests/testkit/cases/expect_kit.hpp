// What tests of expectations begin with: a pipeline's names, YAML that is read, outputs.
#pragma once

#include "pipeline/config/yaml.hpp"
#include "testkit/expect/comparison.hpp"
#include "testkit/expect/expectation_reader.hpp"
#include "testkit/report/text_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::testkit {

inline Vocabulary orders_words() {
  Vocabulary words;
  words.topics = {"orders", "refunds"};
  words.sinks = {{"events", Output::Kind::event}, {"copy", Output::Kind::record}, {"dlq", Output::Kind::record}};
  words.connections = {{"broker", "kafka"}, {"store", "eventstoredb"}};
  return words;
}

inline config::Node yaml(const std::string& text) {
  config::Diagnostics findings;
  const std::optional<config::Node> document = config::parse_yaml(text, "t.yaml", findings);
  EXPECT_EQ(findings.str(), "");
  return document.value_or(config::Node());
}

inline Output event(const std::string& stream, const std::string& type, const std::string& data,
                    const std::string& sink = "events") {
  return {Output::Kind::event,
          stream,
          sink,
          {{"stream", stream}, {"revision", "0"}, {"type", type}, {"id", "7"}, {"data", data}, {"metadata", "{}"}},
          {}};
}

inline Output letter(const std::string& reason, const std::string& stage, const std::string& value = "x") {
  return {Output::Kind::record,
          "orders.dlq",
          "dlq",
          {{"topic", "orders.dlq"},
           {"partition", "0"},
           {"key", std::nullopt},
           {"value", value},
           {"timestamp", "5"},
           {"reason", reason},
           {"stage", stage}},
          {{"tenant", "blue"}, {"empty", std::nullopt}}};
}

// What `expect:` is not content with; empty: it is.
inline std::string compared(const std::string& expect, const Observed& observed) {
  config::Diagnostics findings;
  const Expectation expected = read_expectation(yaml(expect), "expect", orders_words(), findings);
  EXPECT_EQ(findings.str(), "");
  return render_plain(compare(expected, observed));
}

// What is wrong with it, as lint says it.
inline std::string findings_of(const std::string& expect) {
  config::Diagnostics findings;
  read_expectation(yaml(expect), "expect", orders_words(), findings);
  return findings.str();
}

}  // namespace weir::testkit
