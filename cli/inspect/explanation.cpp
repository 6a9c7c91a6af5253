#include "cli/inspect/explanation.hpp"

#include "pipeline/config/scalars.hpp"
#include "pipeline/text/quotes.hpp"

#include <algorithm>

namespace weir::cli {

namespace {

using About = Statement::About;
using Texts = std::vector<std::string>;

std::string count_of(std::size_t count, std::string_view what, std::string_view plural = "s") {
  return std::to_string(count) + " " + std::string(what) + std::string(count == 1 ? "" : plural);
}

// What a component says about it, each sentence under its name.
void add_statements(Texts& texts, const std::string& name, const Description& description, About about) {
  for (const Statement& statement : description.statements) {
    if (statement.about == about) texts.push_back(name + ": " + statement.text);
  }
}

// Places at a connection, or files: "topics a, b at broker".
std::string places_of(const Description& description) {
  std::string text;
  std::string connection;
  for (const Use& use : description.uses) {
    if (use.what == Use::What::connection) continue;
    text += (text.empty() ? "" : ", ") + use.name;
    connection = use.lies_at;
  }
  return connection.empty() ? text : text + " at the connection " + text::quoted(connection);
}

// The sum of the waits between the attempts: what passes at least before they are used up.
Duration horizon_of(const RetryPolicy& retry) {
  Duration sum = Duration::zero();
  constexpr Duration kLongest = std::chrono::hours(24 * 365);
  for (std::uint32_t failures = 1; failures < retry.attempts && sum < kLongest; ++failures)
    sum += retry.backoff(failures);
  return sum;
}

std::string short_duration(Duration duration) {
  return config::format_duration(std::chrono::floor<std::chrono::milliseconds>(duration));
}

class Explainer {
 public:
  Explainer(const PipelinePlan& plan, std::size_t workers)
      : plan_(plan), lanes_(plan.settings.lanes == 0 ? std::max<std::size_t>(workers, 1) : plan.settings.lanes) {}

  PipelineExplanation explain() {
    PipelineExplanation out;
    out.name = plan_.name;
    out.enabled = plan_.enabled;
    out.sayings = {reads(),
                   commits(),
                   tries(),
                   bad_events(),
                   or_nobody(of_stages("an unknown type", "unknown_type", About::unknown_type)),
                   or_nobody(of_stages("a tombstone", "tombstone", About::tombstone)),
                   dead_letters(),
                   memory(),
                   stops()};
    std::erase_if(out.sayings, [](const Saying& saying) { return saying.texts.empty(); });
    out.paths = paths();
    return out;
  }

 private:
  const std::string& source() const { return plan_.source.type->name; }
  const std::string& dlq_name() const { return plan_.sinks[plan_.dlq].first; }
  bool gives_up() const { return plan_.persist.on_exhausted == OnExhausted::dlq; }

  Saying reads() const {
    Texts texts{places_of(plan_.source.description) + "."};
    const std::string why = plan_.settings.lanes == 0 ? ", one per worker thread of this machine" : "";
    texts.push_back("Side by side in " + count_of(lanes_, "lane") + why + ".");
    return {"reads", "reads", std::move(texts)};
  }

  Saying commits() const {
    Texts texts{"Every " + config::format_duration(plan_.settings.commit_interval) +
                ", for each partition: the offset below which every record is stored, dead-lettered, or dropped for a "
                "reason that is counted. What stands above it comes again after a crash."};
    add_statements(texts, source(), plan_.source.description, About::commit);
    return {"committed", "committed", std::move(texts)};
  }

  Saying tries() const {
    const RetryPolicy& retry = plan_.persist.retry;
    std::string waits;
    constexpr std::uint32_t kShown = 4;
    for (std::uint32_t failures = 1; failures < retry.attempts && failures <= kShown; ++failures)
      waits += (waits.empty() ? "" : ", ") + short_duration(retry.backoff(failures));
    if (retry.attempts > kShown + 1) waits += ", …";
    std::string text =
        "A write that fails because its sink is away or unsure is sent " + count_of(retry.attempts, "time") + " in all";
    if (!waits.empty()) text += ", with waits of " + waits + ": some " + short_duration(horizon_of(retry));
    Texts texts{text + "."};
    texts.push_back(gives_up() ? "Then the event is dead-lettered, and those behind it go on."
                               : "Then the pipeline pauses, says so, and tries on every " +
                                     config::format_duration(retry.max) +
                                     " for ever: nothing is skipped, and the membership in the group lives on.");
    return {"tries", "tries", std::move(texts)};
  }

  Saying bad_events() const {
    Saying saying = of_stages("a bad event", "bad_event", About::bad_event);
    for (const auto& [name, sink] : plan_.sinks) {
      if (plan_.dlq == kNoSink || name != dlq_name())
        add_statements(saying.texts, name, sink.description, About::bad_event);
    }
    if (saying.texts.empty()) saying.texts.push_back("What a sink refuses for good is dead-lettered at once.");
    return saying;
  }

  static Saying or_nobody(Saying saying) {
    if (saying.texts.empty()) saying.texts.emplace_back("No stage looks for it: it goes the way of all others.");
    return saying;
  }

  Saying of_stages(std::string question, std::string key, About about) const {
    Saying saying{std::move(question), std::move(key), {}};
    for (const ComponentPlan& stage : plan_.stages)
      add_statements(saying.texts, stage.type->name, stage.description, about);
    return saying;
  }

  Saying dead_letters() const {
    if (plan_.dlq == kNoSink) {
      return {
          "dead letters",
          "dead_letters",
          {"There is no sink 'dlq': the first event that is wrong in itself pauses the pipeline until there is one."}};
    }
    const ComponentPlan& sink = plan_.sinks[plan_.dlq].second;
    const std::string where = places_of(sink.description);
    Texts texts{
        "To the sink '" + dlq_name() + "' (" + sink.type->name + (where.empty() ? "" : ": " + where) +
        "): the record's own bytes, key and headers, with the reason, the stage, the attempts and where it came "
        "from. While it cannot be written, the pipeline pauses. A crash may write one twice."};
    return {"dead letters", "dead_letters", std::move(texts)};
  }

  Saying memory() const {
    const PipelineSettings& settings = plan_.settings;
    const Bytes per_lane{settings.memory.count / lanes_ / 1024 * 1024};
    Texts texts{"In flight at most " + config::format_bytes(settings.memory) + ", that is some " +
                config::format_bytes(per_lane) + " and " + count_of(settings.window_batches, "batch", "es") +
                " of up to " + std::to_string(settings.batch_messages) +
                " events per lane. Then a lane reads no more. An empty lane takes any one batch."};
    add_statements(texts, source(), plan_.source.description, About::memory);
    for (const ComponentPlan& stage : plan_.stages)
      add_statements(texts, stage.type->name, stage.description, About::memory);
    for (const auto& [name, sink] : plan_.sinks) add_statements(texts, name, sink.description, About::memory);
    return {"memory", "memory", std::move(texts)};
  }

  Saying stops() const {
    return {"a stop",
            "stop",
            {"Nothing more is read, what is in flight is settled and committed; after " +
             config::format_duration(plan_.settings.drain_timeout) +
             " at most it ends all the same, and what is not settled comes again."}};
  }

  // Which sinks events can reach, and which of them.
  std::vector<PathExplanation> paths() const {
    std::vector<PathExplanation> out;
    const ComponentPlan* routing = nullptr;
    for (const ComponentPlan& stage : plan_.stages) {
      if (stage.description.routes) routing = &stage;
    }
    for (SinkIndex i = 0; i < plan_.sinks.size(); ++i) {
      std::vector<std::string> patterns;
      if (routing != nullptr) {
        for (const Branch& branch : routing->description.branches) {
          if (branch.sink == plan_.sinks[i].first) patterns.push_back(branch.pattern);
        }
      }
      const bool is_reached = routing != nullptr ? !patterns.empty() : i == plan_.default_sink;
      if (is_reached) out.push_back(path_to(i, std::move(patterns)));
    }
    return out;
  }

  PathExplanation path_to(SinkIndex index, std::vector<std::string> patterns) const {
    const auto& [name, sink] = plan_.sinks[index];
    PathExplanation path;
    path.through.push_back(source());
    for (const ComponentPlan& stage : plan_.stages) path.through.push_back(stage.type->name);
    path.patterns = std::move(patterns);
    path.sink = name;
    path.guarantee = sink.description.guarantee;
    if (path.guarantee.level != Guarantee::Level::exactly_once)
      path.limited_by = "the sink '" + name + "' (" + sink.type->name + ")";
    path.sayings = {order(name, sink), redelivery(name, sink), of_stages("sent twice", "copies", About::copies),
                    stuck(name, sink)};
    std::erase_if(path.sayings, [](const Saying& saying) { return saying.texts.empty(); });
    return path;
  }

  Saying order(const std::string& name, const ComponentPlan& sink) const {
    Texts texts;
    add_statements(texts, source(), plan_.source.description, About::order);
    add_statements(texts, name, sink.description, About::order);
    return {"order", "order", std::move(texts)};
  }

  Saying redelivery(const std::string& name, const ComponentPlan& sink) const {
    Texts texts;
    for (const ComponentPlan& stage : plan_.stages)
      add_statements(texts, stage.type->name, stage.description, About::redelivery);
    add_statements(texts, name, sink.description, About::redelivery);
    return {"redelivered", "redelivery", std::move(texts)};
  }

  Saying stuck(const std::string& name, const ComponentPlan& sink) const {
    Texts texts;
    add_statements(texts, name, sink.description, About::stuck);
    texts.push_back("Other events of its lane are written until the window is full, which is " +
                    count_of(plan_.settings.window_batches, "batch", "es") + " in all; then its lane stands, " +
                    (lanes_ == 1 ? "which is the only one." : "one of " + std::to_string(lanes_) + "."));
    add_statements(texts, source(), plan_.source.description, About::stuck);
    texts.push_back("Nothing behind it in its partition is committed meanwhile" +
                    (gives_up()
                         ? ", until it is given up after some " + short_duration(horizon_of(plan_.persist.retry)) + "."
                         : std::string(".")));
    return {"a stuck one", "stuck", std::move(texts)};
  }

  const PipelinePlan& plan_;
  const std::size_t lanes_;
};

}  // namespace

PipelineExplanation explain(const PipelinePlan& plan, std::size_t workers) {
  return Explainer(plan, workers).explain();
}

}  // namespace weir::cli
