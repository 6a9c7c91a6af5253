#include "testkit/case/test_loader.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/config/substitute.hpp"
#include "pipeline/topology/document_change.hpp"
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

// Members of `over` take the place of those of the same name.
config::Node laid_over(const config::Node& under, const config::Node& over) {
  std::vector<config::Node::Member> members;
  for (const config::Node::Member& member : under.members()) {
    const config::Node* other = over.find(member.key);
    members.push_back({member.key, member.mark, other == nullptr ? member.value : *other});
  }
  for (const config::Node::Member& member : over.members()) {
    if (under.find(member.key) == nullptr) members.push_back(member);
  }
  return config::Node::mapping(std::move(members), under.mark());
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

// The configuration of the test without its other pipelines, and this one with the patch laid over it.
Topology TestLoader::patched(const ReadyTest& test, const config::Node& patch, Diagnostics& out) const {
  const std::string& name = test.topology.pipelines.front().name;
  const DocumentChange change = [&name, &patch](const config::Node& document) {
    const config::Node* pipelines = document.find("pipelines");
    if (pipelines == nullptr) return document;
    std::vector<config::Node::Member> left;
    for (const config::Node::Member& pipeline : pipelines->members()) {
      if (pipeline.key == name) left.push_back({name, pipeline.mark, laid_over(pipeline.value, patch)});
    }
    const config::Node only_it = config::Node::mapping(std::move(left), pipelines->mark());
    std::vector<config::Node::Member> over;
    over.push_back({"pipelines", pipelines->mark(), only_it});
    return laid_over(document, config::Node::mapping(std::move(over), document.mark()));
  };
  return load_changed_topology(test.found.configuration, registry_, environment_from(test.test.environment), change,
                               out);
}

Result<Topology> TestLoader::reloaded(const ReadyTest& test, const Reload& step) {
  Diagnostics findings;
  const std::string& name = test.topology.pipelines.front().name;
  const Topology topology =
      step.file.empty() ? patched(test, step.patch, findings)
                        : load_topology({step.file}, registry_, environment_from(test.test.environment), findings);
  if (findings.has_errors())
    return Error(Errc::invalid_argument, "the configuration to reload has errors: " + findings.str());
  for (const PipelinePlan& pipeline : topology.pipelines) {
    if (pipeline.name == name) return only(pipeline, topology);
  }
  return Error(Errc::invalid_argument, "the configuration to reload has no pipeline " + config::quote(name));
}

}  // namespace weir::testkit
