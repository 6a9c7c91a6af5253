#include "testkit/case/case_reader.hpp"

#include "pipeline/config/spec.hpp"
#include "testkit/case/fault_reader.hpp"
#include "testkit/case/step_reader.hpp"
#include "testkit/expect/expectation_reader.hpp"

namespace weir::testkit {

namespace {

using config::join_path;
using config::Node;

struct CaseOptions {
  std::string name;
  std::vector<std::pair<std::string, std::string>> environment;
  Node in;
  Node faults;
  Node expect;
  Duration limit = Case().limit;
  std::size_t workers = Case().workers;
};

Spec<CaseOptions> case_spec() {
  using C = CaseOptions;
  Spec<C> spec("A test of a pipeline.");
  spec.option("name", &C::name, "What must be so, in words.").required().example("a copy is stored once");
  spec.option("environment", &C::environment, "Values for ${NAME}; the environment of the process is not looked at.");
  spec.option("in", &C::in, "Records that are put into topics, and steps between them.")
      .required()
      .example("[ { topic: orders, value: { id: 1 } } ]");
  spec.option("faults", &C::faults, "What goes wrong meanwhile.");
  spec.option("expect", &C::expect, "What must come of it; anything else that is written is a failure.");
  spec.option("limit", &C::limit, "How long, in virtual time, the end is waited for.")
      .min(std::chrono::seconds(1))
      .max(kLongestTime);
  spec.option("workers", &C::workers, "How many lanes a pipeline without 'lanes' has.").min(1).max(64);
  return spec;
}

}  // namespace

Case read_case(const Node& node, const std::string& path, const Vocabulary& words, config::Diagnostics& out,
               bool lenient) {
  static const Spec<CaseOptions> kSpec = case_spec();
  CaseOptions options = kSpec.parse(node, path, out);
  Case read;
  read.mark = node.mark();
  read.name = std::move(options.name);
  read.environment = std::move(options.environment);
  read.limit = options.limit;
  read.workers = options.workers;
  if (node.kind() != Node::Kind::mapping) return read;
  if (const Node* name = node.find("name"); name != nullptr && read.name.empty() && name->kind() == Node::Kind::scalar)
    out.error("invalid-value", name->mark(), join_path(path, "name"), "the name is empty", "say what must be so");
  if (node.find("in") != nullptr) read.steps = read_steps(options.in, join_path(path, "in"), words, out);
  read.faults = read_faults(options.faults, join_path(path, "faults"), words, out);
  for (const Node::Member& member : node.members()) {
    if (member.key != "expect") continue;
    read.expect_mark = member.mark;
    read.expect = read_expectation(member.value, join_path(path, "expect"), words, out);
  }
  if (!read.expect && !lenient) {
    out.error("missing-key", node.mark(), path, "'expect' is missing: the test could not fail",
              "add it, or let `weir test --update` write what comes of the input");
  }
  return read;
}

std::vector<std::pair<std::string, std::string>> environment_of(const Node& test) {
  std::vector<std::pair<std::string, std::string>> values;
  const Node* environment = test.find("environment");
  if (environment == nullptr) return values;
  for (const Node::Member& member : environment->members()) {
    if (member.value.kind() == Node::Kind::scalar) values.emplace_back(member.key, member.value.text());
  }
  return values;
}

}  // namespace weir::testkit
