// Registry: which components exist, how their YAML becomes typed config, and how they are made.
//
// An object filled by `register_*()` functions, one per folder;
// nothing registers itself. Parsing is pure; making opens nothing.
#pragma once

#include "pipeline/base/blocking.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/spec.hpp"
#include "pipeline/connection.hpp"
#include "pipeline/description.hpp"
#include "pipeline/settings.hpp"
#include "pipeline/sink.hpp"
#include "pipeline/source.hpp"
#include "pipeline/stage.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// What a sink is to its pipeline.
enum class SinkRole {
  target,        // messages are routed to it
  dead_letters,  // it takes what could not be processed
};

// What a component may look at while its typed config is checked against the rest of the file. Pure.
struct CheckScope {
  std::string path;                                // of the component: "pipelines.p.stages[2].route"
  std::map<std::string, std::string> connections;  // name → kind ("kafka", "eventstoredb"); empty: it was refused
  bool lacks_connections = false;                  // some could not be read: what is not there may be one of them
  FindDescription find_description;                // empty while the connections themselves are read
  std::vector<std::string> sinks;                  // names of the pipeline's sinks, the one for dead letters included
  SinkRole role = SinkRole::target;                // for sinks
};

// What a component's factory gets. References stay valid while the component lives.
struct BuildContext {
  std::string pipeline;   // name
  std::string component;  // the name of the stage, or the sink's own name ("events")
  LaneIndex lane = 0;
  std::size_t lanes = 1;
  Clock& clock;
  Metrics& metrics;
  Blocking& blocking;  // for what a component cannot do without waiting
  std::filesystem::path data_dir;
  std::vector<std::string> sinks;  // index = SinkIndex
  std::function<std::shared_ptr<Connection>(const std::string& name)> find_connection;
  std::function<StartEmbedded(const std::string& kind)> find_embedded;  // empty function: this build has none
  PipelineSettings settings;         // of the pipeline, as written; `lanes` above says how many there are
  SinkRole role = SinkRole::target;  // for sinks

  std::optional<SinkIndex> sink(std::string_view name) const;
  // The connection of that name as a T, or an error that names both.
  template <class T>
  Result<std::shared_ptr<T>> connection(const std::string& name) const {
    std::shared_ptr<T> found = std::dynamic_pointer_cast<T>(find_connection(name));
    if (found == nullptr)
      return Error(Errc::invalid_argument, "no connection '" + name + "' of the kind that '" + component + "' needs");
    return found;
  }
};

enum class ComponentKind { connection, source, stage, sink, persist, ack };
std::string_view to_string(ComponentKind kind);

// One registered component, its types erased. `config` pointers are shared_ptr<const void> to the T of its Spec<T>.
struct ComponentType {
  using Config = std::shared_ptr<const void>;
  ComponentKind kind = ComponentKind::stage;
  std::string name;
  std::shared_ptr<const SpecBase> spec;
  std::function<Config(const config::Node&, const std::string& path, config::Diagnostics&)> parse;
  // What a component of that config has to say about itself. Pure; asked only for configs without findings.
  std::function<Description(const Config&, const FindDescription&)> describe;
  // What only this type knows how to check; may be empty. The connections that it describes are checked for it.
  std::function<void(const Config&, const config::Node&, const CheckScope&, config::Diagnostics&)> check;
  // Appends the canonical text of a config (Spec::write).
  std::function<void(const Config&, const config::SecretText&, std::string&)> write;

  std::function<Result<std::shared_ptr<Connection>>(const Config&, BuildContext&)> make_connection;
  std::function<Result<std::unique_ptr<Source>>(const Config&, BuildContext&)> make_source;
  std::function<Result<std::unique_ptr<Stage>>(const Config&, BuildContext&)> make_stage;
  std::function<Result<std::unique_ptr<Sink>>(const Config&, BuildContext&)> make_sink;
};

// Of connections, others are not asked for.
template <class C>
using Describe = std::function<Description(const C&, const FindDescription&)>;
template <class C>
using Check = std::function<void(const C&, const config::Node&, const CheckScope&, config::Diagnostics&)>;

class Registry {
 public:
  template <class C>
  void add_connection(std::string name, Spec<C> spec,
                      std::function<Result<std::shared_ptr<Connection>>(const C&, BuildContext&)> make,
                      Describe<C> describe = {}, Check<C> check = {}) {
    ComponentType type =
        typed<C>(ComponentKind::connection, std::move(name), std::move(spec), std::move(describe), std::move(check));
    type.make_connection = erase<C>(std::move(make));
    add(std::move(type));
  }
  template <class C>
  void add_source(std::string name, Spec<C> spec,
                  std::function<Result<std::unique_ptr<Source>>(const C&, BuildContext&)> make,
                  Describe<C> describe = {}, Check<C> check = {}) {
    ComponentType type =
        typed<C>(ComponentKind::source, std::move(name), std::move(spec), std::move(describe), std::move(check));
    type.make_source = erase<C>(std::move(make));
    add(std::move(type));
  }
  template <class C>
  void add_stage(std::string name, Spec<C> spec,
                 std::function<Result<std::unique_ptr<Stage>>(const C&, BuildContext&)> make, Describe<C> describe = {},
                 Check<C> check = {}) {
    ComponentType type =
        typed<C>(ComponentKind::stage, std::move(name), std::move(spec), std::move(describe), std::move(check));
    type.make_stage = erase<C>(std::move(make));
    add(std::move(type));
  }
  template <class C>
  void add_sink(std::string name, Spec<C> spec,
                std::function<Result<std::unique_ptr<Sink>>(const C&, BuildContext&)> make, Describe<C> describe = {},
                Check<C> check = {}) {
    ComponentType type =
        typed<C>(ComponentKind::sink, std::move(name), std::move(spec), std::move(describe), std::move(check));
    type.make_sink = erase<C>(std::move(make));
    add(std::move(type));
  }
  // The two steps that the runner interprets itself.
  void add_persist(std::string name, Spec<PersistPolicy> spec) {
    add(typed<PersistPolicy>(ComponentKind::persist, std::move(name), std::move(spec), {}, {}));
  }
  struct AckConfig {};
  void add_ack(std::string name, Spec<AckConfig> spec) {
    add(typed<AckConfig>(ComponentKind::ack, std::move(name), std::move(spec), {}, {}));
  }
  // The embedded server behind `embedded` in connections of that kind.
  void add_embedded(std::string connection_kind, StartEmbedded start);

  // What to write instead, for a name that people try and no component has: "filter".
  void add_advice(ComponentKind kind, std::string name, std::string advice);

  // The advice for that name; empty when there is none.
  const std::string& advice(ComponentKind kind, const std::string& name) const;
  // A component that may stand where `kind` is wanted (stages, persist and ack share the list `stages:`), or nullptr.
  // Shared: a plan keeps the types it was made with.
  std::shared_ptr<const ComponentType> find(ComponentKind kind, std::string_view name) const;
  std::vector<const ComponentType*> all(ComponentKind kind) const;  // of exactly that kind, by name
  // The names of all that find() finds for that kind, for messages.
  std::vector<std::string_view> names(ComponentKind kind) const;
  StartEmbedded embedded(const std::string& connection_kind) const;

 private:
  template <class C>
  static ComponentType typed(ComponentKind kind, std::string name, Spec<C> spec, Describe<C> describe, Check<C> check) {
    auto shared = std::make_shared<const Spec<C>>(std::move(spec));
    ComponentType type;
    type.kind = kind;
    type.name = std::move(name);
    type.spec = shared;
    type.parse = [shared](const config::Node& node, const std::string& path, config::Diagnostics& out) {
      return std::static_pointer_cast<const void>(std::make_shared<const C>(shared->parse(node, path, out)));
    };
    type.write = [shared](const ComponentType::Config& config, const config::SecretText& secret, std::string& out) {
      shared->write(*static_cast<const C*>(config.get()), secret, out);
    };
    type.describe = [describe = std::move(describe)](const ComponentType::Config& config, const FindDescription& find) {
      return describe ? describe(*static_cast<const C*>(config.get()), find) : Description();
    };
    if (check) {
      type.check = [check = std::move(check)](const ComponentType::Config& config, const config::Node& node,
                                              const CheckScope& scope, config::Diagnostics& out) {
        check(*static_cast<const C*>(config.get()), node, scope, out);
      };
    }
    return type;
  }
  template <class C, class R>
  static std::function<R(const ComponentType::Config&, BuildContext&)> erase(
      std::function<R(const C&, BuildContext&)> make) {
    return [make = std::move(make)](const ComponentType::Config& config, BuildContext& context) {
      return make(*static_cast<const C*>(config.get()), context);
    };
  }
  void add(ComponentType type);

  std::map<std::pair<ComponentKind, std::string>, std::shared_ptr<const ComponentType>, std::less<>> types_;
  std::map<std::string, StartEmbedded> embedded_;
  std::map<std::pair<ComponentKind, std::string>, std::string> advice_;
};

}  // namespace weir
