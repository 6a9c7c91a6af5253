// Reads the records that a test puts into topics.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "testkit/case/step.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <string>
#include <vector>

namespace weir::testkit {

// `orders: { … }` where the pipeline reads a topic of that name: topic and value in one.
bool is_short_record(const config::Node& node, const Vocabulary& words);

// One item of `in:` that is a record. Nothing after a finding.
std::optional<Put> read_record(const config::Node& node, const std::string& path, const Vocabulary& words,
                               config::Diagnostics& out);

// The records of a file of JSON Lines, each as `weir feed` reads it: {"topic", "key", "headers", "value"}. Findings
// stand at `node`, which names the file.
std::vector<Put> read_lines(const config::Node& node, const std::string& path, const Vocabulary& words,
                            config::Diagnostics& out);

}  // namespace weir::testkit
