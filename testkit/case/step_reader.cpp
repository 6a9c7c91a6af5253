#include "testkit/case/step_reader.hpp"

#include "pipeline/config/spec.hpp"
#include "testkit/case/fault_reader.hpp"
#include "testkit/case/record_reader.hpp"

#include <array>

namespace weir::testkit {

namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

struct ClockOptions {
  Duration advance{};
};

Spec<ClockOptions> clock_spec() {
  Spec<ClockOptions> spec("Time that passes.");
  spec.option("advance", &ClockOptions::advance, "How much.")
      .required()
      .min(Duration(1))
      .max(kLongestTime)
      .example("2h");
  return spec;
}

struct ReloadOptions {
  std::string file;
  Node patch;
};

Spec<ReloadOptions> reload_spec() {
  Spec<ReloadOptions> spec("Another configuration.");
  spec.option("file", &ReloadOptions::file, "A configuration file, beside that of the test.");
  spec.option("patch", &ReloadOptions::patch, "What changes in the one that runs: a mapping that is laid over it.");
  return spec;
}

// Steps that have nothing more to say: `- crash`, or `- crash: {}`.
struct Bare {
  std::string_view name;
  decltype(Step::what) what;
};

const std::array<Bare, 4>& bare_steps() {
  static const std::array<Bare, 4> kSteps{
      {{"crash", Crash{}}, {"restart", Restart{}}, {"stop", Stop{}}, {"rebalance", Rebalance{}}}};
  return kSteps;
}

class StepReader {
 public:
  StepReader(const Vocabulary& words, Diagnostics& out, std::vector<Step>& steps)
      : words_(words), out_(out), steps_(steps) {}

  void read(const Node& node, const std::string& path) {
    if (node.kind() == Node::Kind::scalar) return read_word(node, path);
    if (node.kind() != Node::Kind::mapping) {
      config::wrong_type(node, {path, false, out_}, "a record, such as { topic: orders, value: { id: 1 } }, or a step");
      return;
    }
    if (node.members().size() == 1 && !is_short_record(node, words_)) {
      const Node::Member& member = node.members().front();
      if (read_step(member, join_path(path, member.key))) return;
    }
    if (std::optional<Put> put = read_record(node, path, words_, out_)) add(node, std::move(*put));
  }

 private:
  void add(const Node& node, decltype(Step::what) what) { steps_.push_back({node.mark(), std::move(what)}); }

  void read_word(const Node& node, const std::string& path) {
    std::vector<std::string_view> words;
    for (const Bare& step : bare_steps()) {
      if (step.name == node.text()) return add(node, step.what);
      words.push_back(step.name);
    }
    config::wrong_type(node, {path, false, out_}, "a record, or one of crash, restart, stop, rebalance",
                       config::nearest(node.text(), words).empty() ? "a record is a mapping: { topic: ..., value: ... }"
                                                                   : config::suggest(node.text(), words));
  }

  // True when it is a step, good or not; false: a record.
  bool read_step(const Node::Member& member, const std::string& path) {
    for (const Bare& step : bare_steps()) {
      if (step.name != member.key) continue;
      if (member.value.kind() == Node::Kind::null || nothing(member.value))
        steps_.push_back({member.mark, step.what});
      else
        config::wrong_type(member.value, {path, false, out_}, "nothing: the step has no options",
                           "what happens at some message stands under 'faults:'");
      return true;
    }
    if (member.key == "at") {
      Duration at{};
      if (config::read_duration(member.value, {path, false, out_}, at) && !is_too_long(at, member, path))
        steps_.push_back({member.mark, WaitUntil{at}});
    } else if (member.key == "after") {
      read_after(member, path);
    } else if (member.key == "clock") {
      static const Spec<ClockOptions> kSpec = clock_spec();
      steps_.push_back({member.mark, WaitFor{kSpec.parse(member.value, path, out_).advance}});
    } else if (member.key == "away") {
      if (const std::optional<Away> away = read_away(member.value, path, words_, out_))
        steps_.push_back({member.mark, *away});
    } else if (member.key == "lines") {
      for (Put& put : read_lines(member.value, path, words_, out_)) steps_.push_back({member.mark, std::move(put)});
    } else if (member.key == "reload") {
      read_reload(member, path);
    } else {
      return false;
    }
    return true;
  }

  static bool nothing(const Node& node) { return node.kind() == Node::Kind::mapping && node.members().empty(); }

  void read_after(const Node::Member& member, const std::string& path) {
    if (member.value.text() == "idle") {
      steps_.push_back({member.mark, WaitIdle{}});
      return;
    }
    const Result<Duration> time = config::parse_duration(member.value.text());
    if (time.has_error())
      config::wrong_type(member.value, {path, false, out_}, "idle, or a duration such as 5s");
    else if (!is_too_long(*time, member, path))
      steps_.push_back({member.mark, WaitFor{*time}});
  }

  bool is_too_long(Duration time, const Node::Member& member, const std::string& path) {
    if (time <= kLongestTime) return false;
    out_.error(
        "out-of-range", member.value.mark(), path,
        "expected at most " + config::format_duration(kLongestTime) + ", found " + config::quote(member.value.text()));
    return true;
  }

  void read_reload(const Node::Member& member, const std::string& path) {
    static const Spec<ReloadOptions> kSpec = reload_spec();
    const ReloadOptions options = kSpec.parse(member.value, path, out_);
    const bool has_patch = options.patch.kind() == Node::Kind::mapping;
    if (options.file.empty() == !has_patch) {
      out_.error("invalid-value", member.mark, path, "exactly one of 'file' and 'patch' says the new configuration",
                 "write { file: orders-2.yaml }, or { patch: { stages: [...] } }");
      return;
    }
    Reload reload;
    if (!options.file.empty()) reload.file = words_.directory / options.file;
    reload.patch = options.patch;
    steps_.push_back({member.mark, std::move(reload)});
  }

  const Vocabulary& words_;
  Diagnostics& out_;
  std::vector<Step>& steps_;
};

}  // namespace

std::vector<Step> read_steps(const Node& node, const std::string& path, const Vocabulary& words, Diagnostics& out) {
  std::vector<Step> steps;
  if (node.kind() != Node::Kind::sequence) {
    config::wrong_type(node, {path, false, out}, "a list of records and steps, such as [ { topic: orders, value: a } ]",
                       node.kind() == Node::Kind::mapping ? "put '- ' before each record" : "");
    return steps;
  }
  StepReader reader(words, out, steps);
  for (std::size_t i = 0; i < node.items().size(); ++i) reader.read(node.items()[i], join_path(path, i));
  return steps;
}

}  // namespace weir::testkit
