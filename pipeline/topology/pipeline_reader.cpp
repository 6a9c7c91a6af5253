#include "pipeline/topology/pipeline_reader.hpp"

#include <xxhash.h>

#include <array>
#include <cstdio>

namespace weir::detail {
namespace {

using config::Diagnostics;
using config::join_path;
using config::Node;

constexpr std::string_view kDlq = "dlq";

class PipelineReader {
 public:
  PipelineReader(const std::string& name, const Node& node, const ComponentReader& components, CheckScope scope,
                 Diagnostics& out)
      : node_(node), path_("pipelines." + name), components_(components), scope_(std::move(scope)), out_(out) {
    plan_.name = name;
  }

  PipelinePlan read() {
    options_ = PipelineOptions::spec().parse(node_, path_, out_);
    if (options_.stages.items().size() > kMaxEntries || options_.sinks.members().size() > kMaxEntries) {
      out_.error("too-large", node_.mark(), path_, too_many_entries());
      return std::move(plan_);
    }
    plan_.enabled = options_.enabled;
    plan_.settings = static_cast<const PipelineSettings&>(options_);
    // The names of the sinks come first: every component may be checked against them.
    if (options_.sinks.kind() == Node::Kind::mapping) {
      for (const Node::Member& member : options_.sinks.members()) scope_.sinks.push_back(member.key);
    }
    if (node_.find("source") != nullptr) {
      plan_.source = components_.read(ComponentKind::source, options_.source, join_path(path_, "source"), scope_);
    }
    if (node_.find("stages") != nullptr) read_stages();
    if (node_.find("sinks") != nullptr) read_sinks();
    check_dead_letters();
    plan_.tests = options_.tests;
    plan_.config_hash = hash16(canonical());
    return std::move(plan_);
  }

 private:
  void read_stages() {
    const std::string path = join_path(path_, "stages");
    if (options_.stages.kind() != Node::Kind::sequence) {
      config::wrong_type(options_.stages, {path, false, out_},
                         "a list of stages, such as [ { decode: {} }, { persist: {} }, { ack: {} } ]",
                         options_.stages.kind() == Node::Kind::mapping ? "put '- ' before each stage" : "");
      return;
    }
    bool& unread = plan_.lacks_stages;  // a stage that could not be read may have been any
    for (std::size_t i = 0; i < options_.stages.items().size(); ++i) {
      const Node& item = options_.stages.items()[i];
      ComponentPlan component = components_.read(ComponentKind::stage, item, join_path(path, i), scope_);
      if (component.type == nullptr)
        unread = true;
      else
        place(std::move(component), item, join_path(path, i));
    }
    if (!unread && !persist_.has_value()) {
      out_.error("stage-order", options_.stages.mark(), path,
                 "the stage 'persist' is missing: without it nothing is written to a sink",
                 "end the list with '- persist: {}' and '- ack: {}'");
    }
    if (!unread && !acked_) {
      out_.error("stage-order", options_.stages.mark(), path,
                 "the stage 'ack' is missing: without it no offset is ever committed", "end the list with '- ack: {}'");
    }
  }

  // Stages, then persist, then ack; each of the last two once, nothing between or after.
  void place(ComponentPlan component, const Node& item, const std::string& path) {
    const auto refuse = [&](std::string message, std::string hint) {
      out_.error("stage-order", item.mark(), path, std::move(message), std::move(hint));
    };
    const std::string& name = component.type->name;
    switch (component.type->kind) {
      case ComponentKind::persist:
        if (persist_.has_value())
          return refuse("'" + name + "' stands here a second time", "it stands once, just before 'ack'");
        if (acked_)
          refuse("'" + name + "' stands after 'ack'", "'ack' is the last stage: it settles what was persisted");
        plan_.persist = *static_cast<const PersistPolicy*>(component.config.get());
        persist_ = std::move(component);
        return;
      case ComponentKind::ack:
        if (acked_) return refuse("'" + name + "' stands here a second time", "it stands once, at the end");
        acked_ = true;
        return;
      default:
        if (acked_)
          return refuse("the stage '" + name + "' stands after 'ack'",
                        "'ack' is the last stage: move '" + name + "' before 'persist'");
        if (persist_.has_value()) {
          return refuse("the stage '" + name + "' stands between 'persist' and 'ack'",
                        "nothing may: move '" + name + "' before 'persist'");
        }
        routes_ = routes_ || component.description.routes || !component.is_sound;
        plan_.stages.push_back(std::move(component));
    }
  }

  void read_sinks() {
    const std::string path = join_path(path_, "sinks");
    if (options_.sinks.kind() != Node::Kind::mapping) {
      config::wrong_type(options_.sinks, {path, false, out_},
                         "a mapping of sinks, such as { events: { file: { path: events.jsonl } } }");
      return;
    }
    std::size_t targets = 0;
    for (const Node::Member& member : options_.sinks.members()) {
      const std::string sink_path = join_path(path, member.key);
      if (const std::string wrong = name_error(member.key); !wrong.empty())
        out_.error("bad-name", member.mark, sink_path, wrong);
      const auto index = static_cast<SinkIndex>(plan_.sinks.size());
      CheckScope scope = scope_;
      scope.role = member.key == kDlq ? SinkRole::dead_letters : SinkRole::target;
      if (scope.role == SinkRole::dead_letters) {
        plan_.dlq = index;
      } else {
        ++targets;
        plan_.default_sink = targets == 1 ? index : kNoSink;
      }
      plan_.sinks.emplace_back(member.key,
                               components_.read(ComponentKind::sink, member.value, sink_path, std::move(scope)));
    }
    if (targets == 0) {
      out_.error("no-sinks", options_.sinks.mark(), path,
                 plan_.dlq == kNoSink ? "the pipeline has no sink"
                                      : "the pipeline has no sink but 'dlq', which takes dead letters only",
                 "add one, such as { events: { file: { path: events.jsonl } } }");
    } else if (targets > 1 && !routes_ && !plan_.lacks_stages) {
      out_.warning(
          "no-route", options_.sinks.mark(), path,
          "there are several sinks and no stage 'route': messages that no stage gives a route are dead-lettered",
          "add a stage 'route' before 'persist'");
    }
  }

  void check_dead_letters() {
    if (plan_.dlq != kNoSink || plan_.sinks.empty()) return;
    if (plan_.persist.on_exhausted == OnExhausted::dlq && persist_.has_value()) {
      const Node* written = persist_->node.find("on_exhausted");
      out_.error("no-dlq", written == nullptr ? persist_->node.mark() : written->mark(), path_,
                 "'on_exhausted: dlq' needs a sink named 'dlq', and there is none",
                 "add 'dlq' under 'sinks:', or write on_exhausted: pause");
      return;
    }
    out_.warning("no-dlq", options_.sinks.mark(), join_path(path_, "sinks"),
                 "there is no sink named 'dlq': the first message that is wrong in itself pauses the pipeline",
                 "add one, such as dlq: { file: { path: dead-letters.jsonl } }");
  }

  std::string canonical() const {
    std::string text = plan_.name + '\n';
    PipelineOptions options = options_;
    options.source = options.stages = options.sinks = options.tests = Node();  // below, typed
    PipelineOptions::spec().write(options, config::hide_secret, text);
    append_for_hash("\nsource", plan_.source, text);
    for (const ComponentPlan& stage : plan_.stages) append_for_hash("stage", stage, text);
    if (persist_.has_value()) append_for_hash("persist", *persist_, text);
    for (const auto& [name, sink] : plan_.sinks) append_for_hash(name, sink, text);
    return text;
  }

  const Node& node_;
  std::string path_;
  const ComponentReader& components_;
  CheckScope scope_;
  Diagnostics& out_;
  PipelineOptions options_;
  PipelinePlan plan_;
  std::optional<ComponentPlan> persist_;
  bool acked_ = false;
  bool routes_ = false;
};

Spec<ReloadSettings> reload_spec() {
  Spec<ReloadSettings> spec("How a changed configuration takes the place of one that runs.");
  spec.option(
          "drain", &ReloadSettings::drain,
          "Where sinks or routes change: how long what is in flight may take to be settled. What is left then is cut "
          "off, looked up in the old sink, and only what is not there is sent to the new one.")
      .min(std::chrono::milliseconds(1))
      .max(std::chrono::hours(1));
  return spec;
}

}  // namespace

Spec<PipelineOptions> PipelineOptions::settings_spec() {
  using std::chrono::milliseconds;
  using Options = PipelineOptions;
  Spec<Options> spec("One pipeline: a source, the stages its messages pass, and the sinks they are written to.");
  spec.option("enabled", &Options::enabled, "false: checked, but not run.").example("\"${KAFKA_ENABLED:true}\"");
  spec.option("lanes", &Options::lanes, "How many lanes work side by side; 0 = one per worker thread.").max(1024);
  spec.option("batch_messages", &Options::batch_messages, "The most messages of one batch.").min(1).max(100'000);
  spec.option("memory", &Options::memory, "What all lanes together may hold in flight.").min(1_MiB);
  spec.option("window", &Options::window_batches, "The most batches in flight per lane.").min(1).max(1024);
  spec.option("commit_interval", &Options::commit_interval, "How often offsets are committed.")
      .min(milliseconds(1))
      .max(std::chrono::hours(1));
  spec.option("drain_timeout", &Options::drain_timeout, "How long a stop may take before it becomes an abort.")
      .min(milliseconds(1))
      .max(std::chrono::hours(1));
  spec.option("reload", &Options::reload, "How a changed configuration takes the place of this one while it runs.",
              reload_spec());
  return spec;
}

Spec<PipelineOptions> PipelineOptions::spec() {
  using Options = PipelineOptions;
  Spec<Options> spec = settings_spec();
  spec.option("source", &Options::source, "Where messages come from: one key, the name of a source.")
      .required()
      .example("{ kafka: { connection: broker, topics: [orders], group: orders } }");
  spec.option("stages", &Options::stages, "What happens to them, in order; the last two are persist and ack.")
      .required()
      .example("[ { decode: {} }, { persist: {} }, { ack: {} } ]");
  spec.option("sinks", &Options::sinks, "Where they are written, by name; 'dlq' takes the dead letters.")
      .required()
      .example("{ events: { file: { path: events.jsonl } } }");
  spec.option("tests", &Options::tests,
              "Tests of this pipeline, a list; `weir test` runs them in virtual time, and `weir lint` checks them. "
              "Nothing else looks at them.");
  return spec;
}

PipelinePlan read_pipeline(const std::string& name, const Node& node, const ComponentReader& components,
                           CheckScope scope, Diagnostics& out) {
  return PipelineReader(name, node, components, std::move(scope), out).read();
}

std::string hash16(std::string_view text) {
  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(text.data(), text.size())));
  return hex.data();
}

void append_for_hash(const std::string& name, const ComponentPlan& component, std::string& text) {
  if (component.type == nullptr) return;
  text.append(name).append("=").append(component.type->name);
  component.type->write(component.config, config::hide_secret, text);
  text += '\n';
}

std::string too_many_entries() {
  return "more than " + std::to_string(kMaxEntries) + " entries";
}

std::string name_error(std::string_view name) {
  const std::string rule = ": names are made of a-z, 0-9, '_' and '-', at most 100 of them";
  if (name.empty()) return "a name is empty" + rule;
  if (name.size() > 100) return "the name " + config::quote(name) + " is too long" + rule;
  for (char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!good) return config::quote(name) + " is not a name" + rule;
  }
  return {};
}

}  // namespace weir::detail
