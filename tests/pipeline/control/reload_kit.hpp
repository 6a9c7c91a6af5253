// A world in memory for tests of reloads: real plans out of YAML, run by the real Supervisor over logs, stores and
// connections that a test holds in its hand.
#pragma once

#include "pipeline/base/log.hpp"
#include "pipeline/control/supervisor.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/testing/memory_sink.hpp"
#include "pipeline/testing/memory_source.hpp"
#include "pipeline/testing/runner_kit.hpp"
#include "pipeline/topology/topology.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::testing {

// What the components of a test share, and what they have done, in words.
struct ReloadWorld {
  std::map<std::string, std::shared_ptr<MemoryLog>> logs;
  std::map<std::string, std::shared_ptr<MemoryStore>> stores;
  std::set<MemorySource*> sources;  // those that are open
  std::vector<std::string> notes;
  std::map<std::string, Error> open_errors;  // by connection address or sink store: the next open() fails so

  std::shared_ptr<MemoryLog> log(const std::string& name) { return made(logs, name); }
  std::shared_ptr<MemoryStore> store(const std::string& name) { return made(stores, name); }
  void append(const std::string& name, Partition partition, std::string key, std::string payload = "p") {
    log(name)->append("t", partition, std::move(key), std::move(payload));
    for (MemorySource* source : sources) source->notify();
  }
  std::size_t count(const std::string& note) const { return static_cast<std::size_t>(std::ranges::count(notes, note)); }
  Duration opening{};  // how long a connection takes to open
  Result<void> open_result(const std::string& name) {
    const auto error = open_errors.find(name);
    if (error == open_errors.end()) return {};
    return error->second;
  }

 private:
  template <class T>
  static std::shared_ptr<T> made(std::map<std::string, std::shared_ptr<T>>& all, const std::string& name) {
    std::shared_ptr<T>& one = all[name];
    if (one == nullptr) one = std::make_shared<T>();
    return one;
  }
};

struct ReloadConnectionConfig {
  std::string at;
};
class ReloadConnection final : public Connection {
 public:
  ReloadConnection(ReloadWorld& world, Clock& clock, std::string at)
      : world_(world), clock_(clock), at_(std::move(at)) {}
  void expect(const std::vector<Use>& uses) override {
    for (const Use& use : uses) world_.notes.push_back("expect " + use.name + " at " + at_);
  }
  Task<Result<void>> open() override {
    world_.notes.push_back("open " + at_);
    if (world_.opening > Duration::zero()) co_await clock_.sleep_for(world_.opening);
    Result<void> opened = world_.open_result(at_);
    co_return opened;
  }
  Task<void> close() override {
    world_.notes.push_back("close " + at_);
    co_return;
  }

 private:
  ReloadWorld& world_;
  Clock& clock_;
  const std::string at_;
};

struct ReloadSourceConfig {
  std::string connection;
  std::string log;
  std::string group;
};
// A MemorySource that says when it comes and goes.
class ReloadSource final : public Source {
 public:
  ReloadSource(ReloadWorld& world, const ReloadSourceConfig& config, const std::string& pipeline)
      : world_(world), pipeline_(pipeline), inner_(world.log(config.log), {}) {}
  ~ReloadSource() override { world_.sources.erase(&inner_); }
  Task<Result<void>> open(Lanes lanes, SourceEvents& events) override {
    world_.sources.insert(&inner_);
    world_.notes.push_back("join " + pipeline_);
    return inner_.open(std::move(lanes), events);
  }
  Task<Result<std::optional<Batch>>> read(LaneIndex lane) override { return inner_.read(lane); }
  Task<Result<void>> commit(std::vector<Commit> watermarks) override { return inner_.commit(std::move(watermarks)); }
  void stop_reading() override { inner_.stop_reading(); }
  bool at_end() const override { return inner_.at_end(); }
  Task<void> close() override {
    world_.notes.push_back("leave " + pipeline_);
    return inner_.close();
  }

 private:
  ReloadWorld& world_;
  const std::string pipeline_;
  MemorySource inner_;
};

struct ReloadStageConfig {
  std::string to;
  std::string tag;
};

struct ReloadSinkConfig {
  std::string connection;
  std::string store;
  bool broken = false;
  int option = 0;
};
class ReloadSink final : public Sink {
 public:
  ReloadSink(ReloadWorld& world, const ReloadSinkConfig& config, Clock& clock)
      : world_(world), store_(config.store), inner_(clock, world.store(config.store)) {}
  Task<Result<void>> open() override {
    world_.notes.push_back("open sink " + store_);
    Result<void> opened = world_.open_result(store_);
    if (opened.has_value()) opened = co_await inner_.open();
    co_return opened;
  }
  Task<Result<WriteReport>> write(MessageRefs messages) override { return inner_.write(messages); }
  void forget(MessageRefs messages) override { inner_.forget(messages); }
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override { return inner_.look_up(messages); }
  Task<void> close() override {
    world_.notes.push_back("close sink " + store_);
    return inner_.close();
  }

 private:
  ReloadWorld& world_;
  const std::string store_;
  MemorySink inner_;
};

inline void register_reload_components(Registry& registry, ReloadWorld& world) {
  Spec<ReloadConnectionConfig> connection("A place.");
  connection.option("at", &ReloadConnectionConfig::at, "Where.");
  registry.add_connection<ReloadConnectionConfig>(
      "place", connection,
      [&world](const ReloadConnectionConfig& config, BuildContext& context) -> Result<std::shared_ptr<Connection>> {
        return std::shared_ptr<Connection>(std::make_shared<ReloadConnection>(world, context.clock, config.at));
      });

  Spec<ReloadSourceConfig> source("A log.");
  source.option("connection", &ReloadSourceConfig::connection, "Where.");
  source.option("log", &ReloadSourceConfig::log, "Which.").required();
  source.option("group", &ReloadSourceConfig::group, "Whose.");
  registry.add_source<ReloadSourceConfig>(
      "memory", source,
      [&world](const ReloadSourceConfig& config, BuildContext& context) -> Result<std::unique_ptr<Source>> {
        return std::unique_ptr<Source>(std::make_unique<ReloadSource>(world, config, context.pipeline));
      },
      [](const ReloadSourceConfig& config, const FindDescription&) {
        Description description;
        if (!config.connection.empty()) {
          description.uses = {Use::connection(config.connection, "place", Use::How::reads),
                              Use::topic(config.log, config.connection, Use::How::reads, true)};
        }
        return description;
      });

  Spec<ReloadStageConfig> pick("Chooses the sink.");
  pick.option("to", &ReloadStageConfig::to, "Which.");
  registry.add_stage<ReloadStageConfig>(
      "pick", pick,
      [](const ReloadStageConfig& config, BuildContext& context) -> Result<std::unique_ptr<Stage>> {
        const std::optional<SinkIndex> sink = context.sink(config.to);
        if (!sink) return Error(Errc::invalid_argument, "no sink '" + config.to + "'");
        return std::unique_ptr<Stage>(
            std::make_unique<FunctionStage>([sink](Batch& batch, StageContext&) -> Result<void> {
              for (Message& message : batch.messages()) message.sink = *sink;
              return {};
            }));
      },
      [](const ReloadStageConfig&, const FindDescription&) {
        Description description;
        description.routes = true;
        return description;
      });
  Spec<ReloadStageConfig> look("Notes whom it has seen.");
  look.option("tag", &ReloadStageConfig::tag, "As what.");
  registry.add_stage<ReloadStageConfig>(
      "look", look, [&world](const ReloadStageConfig& config, BuildContext&) -> Result<std::unique_ptr<Stage>> {
        return std::unique_ptr<Stage>(
            std::make_unique<FunctionStage>([&world, tag = config.tag](Batch& batch, StageContext&) -> Result<void> {
              for (const Message& message : batch.messages()) world.notes.push_back(tag + " saw " + id_of(message));
              return {};
            }));
      });
  registry.add_persist("persist", Spec<PersistPolicy>("Writes."));
  registry.add_ack("ack", Spec<Registry::AckConfig>("Settles."));

  Spec<ReloadSinkConfig> sink("A store.");
  sink.option("connection", &ReloadSinkConfig::connection, "Where.");
  sink.option("store", &ReloadSinkConfig::store, "Which.").required();
  sink.option("broken", &ReloadSinkConfig::broken, "Cannot be made.");
  sink.option("option", &ReloadSinkConfig::option, "Whatever.");
  registry.add_sink<ReloadSinkConfig>(
      "store", sink,
      [&world](const ReloadSinkConfig& config, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
        if (config.broken) return Error(Errc::invalid_argument, "it is broken");
        return std::unique_ptr<Sink>(std::make_unique<ReloadSink>(world, config, context.clock));
      },
      [](const ReloadSinkConfig& config, const FindDescription&) {
        Description description;
        if (!config.connection.empty())
          description.uses = {Use::connection(config.connection, "place", Use::How::writes)};
        return description;
      });
}

// One lane, one thread, virtual time.
class ReloadTestBase : public VirtualTimeTest {
 protected:
  ReloadTestBase() {
    log::redirect([this](std::string_view line) { log_lines_.emplace_back(line); });
    register_reload_components(registry_, world_);
  }
  ~ReloadTestBase() override { log::redirect({}); }

  Topology parse(const std::string& yaml) {
    config::Diagnostics out;
    Topology topology = parse_topology(yaml, "f.yaml", registry_, [](const std::string&) { return std::nullopt; }, out);
    EXPECT_FALSE(out.has_errors()) << out.str();
    return topology;
  }
  // "pipelines: { NAME: … }", one line each.
  static std::string pipeline(const std::string& name, const std::string& source, const std::string& stages,
                              const std::string& sinks, const std::string& settings = {}) {
    return "  " + name + ": { " + settings + (settings.empty() ? "" : ", ") + "source: { memory: { " + source +
           " } }, stages: [ " + stages + (stages.empty() ? "" : ", ") + "{ persist: {} }, { ack: {} } ], sinks: { " +
           sinks + " } }\n";
  }
  Supervisor::Parts parts() {
    return {.registry = registry_,
            .clock = clock(),
            .metrics = metrics_,
            .executors = {executor(), {executor()}, &blocking_},
            .data_dir = "unused"};
  }
  // What has become of a stream, and in which order: the offsets of a partition.
  std::vector<std::string> stored(const std::string& store, const std::string& stream) {
    std::vector<std::string> ids;
    for (const MemoryStore::Event& event : world_.store(store)->stream(stream)) ids.push_back(event.id);
    return ids;
  }

  std::vector<std::string> log_lines_;
  ReloadWorld world_;
  Registry registry_;
  Metrics metrics_;
  InlineBlocking blocking_;
};

}  // namespace weir::testing
