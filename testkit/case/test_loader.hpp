// TestLoader: from a test that was found to one that can be run, with the pipeline it is about.
#pragma once

#include "pipeline/topology/registry.hpp"
#include "pipeline/topology/topology.hpp"
#include "testkit/case/case.hpp"
#include "testkit/case/test_files.hpp"
#include "testkit/expect/vocabulary.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::testkit {

// A test that has no findings.
struct ReadyTest {
  FoundTest found;
  Case test;
  Topology topology;  // the one pipeline, enabled, and the connections that it uses
  Vocabulary words;
};

// Reads a configuration once for every environment that tests give it. The environment of the process has no say: a
// test gives the same result everywhere.
//
// Lifetime: the registry outlives it. Executor: one thread. Cancellation: none. Errors: findings, each told once.
class TestLoader {
 public:
  explicit TestLoader(const Registry& registry) : registry_(registry) {}

  // Nothing after an error among the findings. `lenient`: `expect` may be missing.
  std::optional<ReadyTest> load(const FoundTest& test, config::Diagnostics& out, bool lenient = false);
  // The pipeline of the test as that step wants it from then on. Errors: invalid_argument, with what lint says of it.
  Result<Topology> reloaded(const ReadyTest& test, const Reload& step);

 private:
  using Values = std::vector<std::pair<std::string, std::string>>;
  struct Loaded {
    Topology topology;
    config::Diagnostics findings;
  };
  const Loaded& configuration(const FoundTest& test, const Values& values);
  const PipelinePlan* pipeline_of(const FoundTest& test, const Topology& topology, config::Diagnostics& out) const;
  Topology patched(const ReadyTest& test, const config::Node& patch, config::Diagnostics& out) const;
  void tell(const config::Diagnostics& findings, config::Diagnostics& out);

  const Registry& registry_;
  std::map<std::pair<std::vector<std::filesystem::path>, Values>, Loaded> loaded_;
  std::set<std::string> told_;
};

}  // namespace weir::testkit
