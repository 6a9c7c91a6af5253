#include "testkit/case/test_loader.hpp"

#include "pipeline/config/substitute.hpp"
#include "testkit/case/case_reader.hpp"

namespace weir::testkit {

namespace {

using config::Diagnostics;

Environment environment_from(const std::vector<std::pair<std::string, std::string>>& values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    for (const auto& [known, value] : values) {
      if (known == name) return value;
    }
    return std::nullopt;
  };
}

// One pipeline by itself. Whether it is enabled is a matter of where it runs, not of what it does.
Topology only(const PipelinePlan& pipeline, const Topology& topology) {
  Topology alone;
  alone.pipelines.push_back(pipeline);
  alone.pipelines.front().enabled = true;
  for (const Use& use : uses_of(pipeline)) {
    if (use.what != Use::What::connection) continue;
    if (const auto found = topology.connections.find(use.name); found != topology.connections.end())
      alone.connections.insert(*found);
  }
  return alone;
}

}  // namespace

const TestLoader::Loaded& TestLoader::configuration(const FoundTest& test, const Values& values) {
  const std::pair key(test.configuration, values);
  if (const auto found = loaded_.find(key); found != loaded_.end()) return found->second;
  Loaded loaded;
  loaded.topology = load_topology(test.configuration, registry_, environment_from(values), loaded.findings);
  return loaded_.emplace(key, std::move(loaded)).first->second;
}

// Several tests of one file bring the same findings.
void TestLoader::tell(const Diagnostics& findings, Diagnostics& out) {
  for (const config::Diagnostic& finding : findings.all()) {
    if (finding.severity != config::Severity::error || !told_.insert(finding.str()).second) continue;
    config::Diagnostic told = finding;
    if (told.code == "unset-variable") told.hint = "give it under 'environment:' of the test, or give it a default";
    out.add(std::move(told));
  }
}

const PipelinePlan* TestLoader::pipeline_of(const FoundTest& test, const Topology& topology, Diagnostics& out) const {
  std::vector<std::string_view> names;
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (pipeline.name == test.pipeline || (test.pipeline.empty() && topology.pipelines.size() == 1)) return &pipeline;
    names.push_back(pipeline.name);
  }
  if (test.pipeline.empty()) {
    out.error("missing-key", test.node.mark(), "pipeline",
              "'pipeline' is missing: the configuration has several of them", config::suggest("", names));
  } else {
    out.error("unknown-pipeline", test.node.mark(), "pipeline",
              "the configuration has no pipeline " + config::quote(test.pipeline),
              config::suggest(test.pipeline, names));
  }
  return nullptr;
}

std::optional<ReadyTest> TestLoader::load(const FoundTest& test, Diagnostics& out, bool lenient) {
  const Values values = environment_of(test.node);
  const Loaded& loaded = configuration(test, values);
  if (loaded.findings.has_errors()) {
    tell(loaded.findings, out);
    return std::nullopt;
  }
  Diagnostics findings;
  std::optional<ReadyTest> ready;
  if (const PipelinePlan* pipeline = pipeline_of(test, loaded.topology, findings)) {
    const config::Node node = config::substitute(test.node, environment_from(values), findings);
    Vocabulary words = Vocabulary::of(*pipeline, test.file.parent_path());
    Case read = read_case(node, test.path, words, findings, lenient);
    ready = ReadyTest{test, std::move(read), only(*pipeline, loaded.topology), std::move(words)};
  }
  tell(findings, out);
  if (findings.has_errors()) return std::nullopt;
  return ready;
}

}  // namespace weir::testkit
