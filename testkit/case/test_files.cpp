#include "testkit/case/test_files.hpp"

#include "pipeline/config/spec.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/control/config_files.hpp"
#include "pipeline/text/quotes.hpp"
#include "pipeline/topology/yaml_files.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;
using Path = std::filesystem::path;

void add_once(std::vector<Path>& files, const Path& file) {
  if (std::ranges::find(files, file) == files.end()) files.push_back(file);
}

// NAME.yaml → NAME.test.yaml, whichever of the two endings it has.
void add_beside(const Path& file, std::vector<Path>& tests) {
  for (const char* ending : {".test.yaml", ".test.yml"}) {
    Path beside = file;
    beside.replace_extension(ending);
    std::error_code failure;
    if (std::filesystem::is_regular_file(beside, failure)) add_once(tests, beside);
  }
}

Result<void> add_directory(const Path& directory, TestFiles& files) {
  std::error_code failure;
  for (const Path& file : yaml_files_in(directory, failure)) add_once(files.configuration, file);
  std::filesystem::directory_iterator entry(directory, failure);
  std::vector<Path> tests;
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    if (is_test_file(entry->path()) && entry->is_regular_file(ignored)) tests.push_back(entry->path());
  }
  if (failure)
    return Error(Errc::io, "cannot read the directory " + text::in_quotes(directory) + ": " + failure.message());
  std::ranges::sort(tests);
  for (const Path& file : tests) add_once(files.tests, file);
  return {};
}

// What a file of tests holds.
struct TestFileOptions {
  std::string target;
  std::string pipeline;
  Node tests;
};

Spec<TestFileOptions> test_file_spec() {
  using T = TestFileOptions;
  Spec<T> spec("Tests of a pipeline, in a file of their own.");
  spec.option("target", &T::target, "The configuration, beside this file; without it NAME.yaml of NAME.test.yaml.");
  spec.option("pipeline", &T::pipeline, "The pipeline, where the configuration has several.");
  spec.option("tests", &T::tests, "The tests.").required().example("[ { name: ..., in: [...], expect: {...} } ]");
  return spec;
}

// NAME.test.yaml → NAME.yaml, or NAME.yml where only that is there.
Path default_target(const Path& file) {
  Path target = file.parent_path() / file.stem().stem();
  target += ".yaml";
  std::error_code failure;
  if (std::filesystem::exists(target, failure)) return target;
  Path other = target;
  other.replace_extension(".yml");
  return std::filesystem::exists(other, failure) ? other : target;
}

// Keys that begin like this belong to the author: a home for anchors.
Node without_own_keys(const Node& document) {
  if (document.kind() != Node::Kind::mapping) return document;
  std::vector<Node::Member> members;
  std::ranges::copy_if(document.members(), std::back_inserter(members),
                       [](const Node::Member& member) { return !member.key.starts_with("x-"); });
  return Node::mapping(std::move(members), document.mark());
}

class Finder {
 public:
  Finder(const TestFiles& files, Diagnostics& out) : files_(files), out_(out) {}

  std::vector<FoundTest> find() {
    for (const Path& file : files_.configuration) in_configuration(file);
    for (const Path& file : files_.tests) in_test_file(file);
    return std::move(found_);
  }

 private:
  void in_configuration(const Path& file) {
    const std::optional<Node> document = config::read_yaml(file, out_);
    if (!document) return;
    const Node* pipelines = document->find("pipelines");
    if (pipelines == nullptr) return;
    for (const Node::Member& pipeline : pipelines->members()) {
      const Node* tests = pipeline.value.find("tests");
      if (tests == nullptr) continue;
      add({file, files_.configuration, pipeline.key, join_path(join_path("pipelines", pipeline.key), "tests"), {}},
          *tests);
    }
  }

  void in_test_file(const Path& file) {
    static const Spec<TestFileOptions> kSpec = test_file_spec();
    const std::optional<Node> document = config::read_yaml(file, out_);
    if (!document) return;
    const std::size_t errors = out_.error_count();
    const TestFileOptions options = kSpec.parse(without_own_keys(*document), {}, out_);
    if (out_.error_count() != errors) return;
    const Path target = options.target.empty() ? default_target(file) : file.parent_path() / options.target;
    std::error_code failure;
    if (!std::filesystem::exists(target, failure)) {
      const Node* written = document->find("target");
      out_.error("unreadable-file", written == nullptr ? document->mark() : written->mark(), "target",
                 "the configuration " + text::in_quotes(target) + " is not there",
                 "'target:' names it, from the directory of this file on");
      return;
    }
    // With the files that make one configuration with it, where it was given as one of them.
    const bool is_given = std::ranges::find(files_.configuration, target) != files_.configuration.end();
    add({file, is_given ? files_.configuration : std::vector<Path>{target}, options.pipeline, "tests", {}},
        options.tests);
  }

  void add(FoundTest test, const Node& tests) {
    if (tests.kind() == Node::Kind::null) return;
    if (tests.kind() != Node::Kind::sequence) {
      config::wrong_type(tests, {test.path, false, out_},
                         "a list of tests, such as [ { name: ..., in: [...], expect: {...} } ]",
                         tests.kind() == Node::Kind::mapping ? "put '- ' before each test" : "");
      return;
    }
    const std::string path = test.path;
    for (std::size_t i = 0; i < tests.items().size(); ++i) {
      test.path = join_path(path, i);
      test.node = tests.items()[i];
      found_.push_back(test);
    }
  }

  const TestFiles& files_;
  Diagnostics& out_;
  std::vector<FoundTest> found_;
};

}  // namespace

std::string FoundTest::name() const {
  const Node* written = node.find("name");
  return written == nullptr || written->text().empty() ? path : written->text();
}

Result<TestFiles> find_test_files(const std::vector<Path>& given) {
  TestFiles files;
  for (const Path& path : given) {
    std::error_code failure;
    if (std::filesystem::is_directory(path, failure)) {
      const Result<void> added = add_directory(path, files);
      if (added.has_error()) return added.error();
      continue;
    }
    const Result<std::vector<Path>> file = find_config_files({path});
    if (file.has_error()) return file.error();
    if (is_test_file(path)) {
      add_once(files.tests, path);
      continue;
    }
    add_once(files.configuration, path);
    add_beside(path, files.tests);
  }
  return files;
}

std::vector<FoundTest> find_tests(const TestFiles& files, Diagnostics& out) {
  return Finder(files, out).find();
}

}  // namespace weir::testkit
