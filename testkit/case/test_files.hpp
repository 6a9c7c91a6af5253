// Which files hold tests, and which configuration each of them is about.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/node.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace weir::testkit {

// A test as it was found, before anything is substituted in it.
struct FoundTest {
  std::filesystem::path file;                        // that it stands in
  std::vector<std::filesystem::path> configuration;  // of the pipeline that it is about
  std::string pipeline;                              // empty: the only one that the configuration has
  std::string path;                                  // "pipelines.orders.tests[0]", "tests[0]"
  config::Node node;
  std::string name() const;  // as it is written; the path where there is none
};

struct TestFiles {
  std::vector<std::filesystem::path> configuration;
  std::vector<std::filesystem::path> tests;  // NAME.test.yaml
};

// What the words of a command line mean: configuration files with the files of tests beside them, files of tests, and
// directories of both. Errors: not_found, io.
Result<TestFiles> find_test_files(const std::vector<std::filesystem::path>& given);

// The tests in these files, in their order: those in pipelines first, then those of files of tests. Such a file says
// `target:`, the configuration it is about (without it NAME.yaml beside it), `pipeline:`, where that has several, and
// `tests:`. What cannot be read is a finding.
std::vector<FoundTest> find_tests(const TestFiles& files, config::Diagnostics& out);

}  // namespace weir::testkit
