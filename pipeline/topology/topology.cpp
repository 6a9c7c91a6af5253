#include "pipeline/topology/topology.hpp"

#include "pipeline/config/substitute.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/topology/pipeline_reader.hpp"
#include "pipeline/topology/plan_checks.hpp"
#include "pipeline/topology/yaml_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>

namespace weir {
namespace {

using config::Diagnostics;
using config::Mark;
using config::Node;

// Top-level keys that begin like this belong to the author: a home for anchors.
constexpr std::string_view kOwnKey = "x-";

Mark file_mark(const std::string& file) {
  return {std::make_shared<const std::string>(file), 0, 0};
}

// Several documents as one configuration: their entries by name, each once.
class TopologyReader {
 public:
  TopologyReader(const Registry& registry, Diagnostics& out) : registry_(registry), out_(out) {}

  void add(const Node& document) {
    if (document.kind() == Node::Kind::null) return;
    if (document.kind() != Node::Kind::mapping) {
      config::wrong_type(document, {{}, false, out_}, "a mapping with the keys 'connections' and 'pipelines'");
      return;
    }
    for (const Node::Member& member : document.members()) {
      if (member.key == "connections")
        collect(member, connections_);
      else if (member.key == "pipelines")
        collect(member, pipelines_);
      else if (!member.key.starts_with(kOwnKey))
        refuse(member);
    }
  }

  Topology read(const std::string& where) {
    Topology topology;
    CheckScope scope;
    for (const Node::Member& entry : connections_) {
      if (entry.value.kind() == Node::Kind::mapping && entry.value.members().size() == 1) {
        scope.connections.emplace(entry.key, entry.value.members().front().key);
      }
    }
    const detail::ComponentReader components(registry_, out_);
    for (const Node::Member& entry : connections_) {
      topology.connections.emplace(
          entry.key, components.read(ComponentKind::connection, entry.value, "connections." + entry.key, scope));
    }
    scope.find_description = [&topology](const std::string& name) -> const Description* {
      const auto found = topology.connections.find(name);
      return found == topology.connections.end() || found->second.type == nullptr ? nullptr
                                                                                  : &found->second.description;
    };
    for (const Node::Member& entry : pipelines_) {
      topology.pipelines.push_back(detail::read_pipeline(entry.key, entry.value, registry_, scope, out_));
    }
    if (pipelines_.empty() && !out_.has_errors()) {
      out_.error("no-pipelines", file_mark(where), {}, "no pipelines are defined here", "add one under 'pipelines:'");
    }
    warn_about_unused(topology);
    if (!out_.has_errors()) detail::check_whole_plan(topology, out_);
    topology.config_hash = hash_of(topology);
    return topology;
  }

 private:
  using Entries = std::vector<Node::Member>;

  static std::string hash_of(const Topology& topology) {
    std::string text;
    for (const auto& [name, connection] : topology.connections) detail::append_for_hash(name, connection, text);
    for (const PipelinePlan& pipeline : topology.pipelines) text.append(pipeline.config_hash).append(1, '\n');
    return detail::hash16(text);
  }

  void collect(const Node::Member& block, Entries& entries) {
    if (block.value.kind() == Node::Kind::null) return;
    if (block.value.kind() != Node::Kind::mapping) {
      config::wrong_type(block.value, {block.key, false, out_}, "a mapping of names");
      return;
    }
    if (block.value.members().size() > detail::kMaxEntries) {
      out_.error("too-large", block.mark, block.key, detail::too_many_entries());
      return;
    }
    for (const Node::Member& entry : block.value.members()) {
      const std::string path = config::join_path(block.key, entry.key);
      if (const std::string wrong = detail::name_error(entry.key); !wrong.empty())
        out_.error("bad-name", entry.mark, path, wrong);
      const auto same = std::find_if(entries.begin(), entries.end(),
                                     [&](const Node::Member& other) { return other.key == entry.key; });
      if (same == entries.end()) {
        entries.push_back(entry);
      } else {
        out_.error("duplicate-key", entry.mark, path, "defined twice; the first is at " + same->mark.str(),
                   "rename or remove one of them");
      }
    }
  }

  void refuse(const Node::Member& member) {
    out_.error("unknown-key", member.mark, {},
               "unknown key " + config::quote(member.key) + "; known are connections, pipelines",
               config::nearest(member.key, {"connections", "pipelines"}).empty()
                   ? "keys of your own, as a home for anchors, begin with 'x-'"
                   : config::suggest(member.key, {"connections", "pipelines"}));
  }

  void warn_about_unused(const Topology& topology) {
    if (out_.has_errors()) return;  // a component that was refused may have been the user
    std::set<std::string> used;
    for (const PipelinePlan& pipeline : topology.pipelines) {
      for (const Use& use : uses_of(pipeline)) {
        if (use.what == Use::What::connection) used.insert(use.name);
      }
    }
    for (const Node::Member& entry : connections_) {
      if (used.contains(entry.key)) continue;
      out_.warning("unused-connection", entry.mark, "connections." + entry.key, "no pipeline uses this connection",
                   "remove it");
    }
  }

  const Registry& registry_;
  Diagnostics& out_;
  Entries connections_;
  Entries pipelines_;
};

// A directory stands for the YAML files in it, by name.
std::vector<std::filesystem::path> expand(const std::filesystem::path& path, Diagnostics& out) {
  std::error_code failure;
  if (!std::filesystem::is_directory(path, failure)) return {path};
  std::vector<std::filesystem::path> files = yaml_files_in(path, failure);
  if (failure) {
    out.error("unreadable-file", file_mark(path.string()), {}, "the directory cannot be read: " + failure.message());
  } else if (files.empty()) {
    out.error("no-files", file_mark(path.string()), {}, "the directory holds no *.yaml or *.yml file");
  }
  return files;
}

}  // namespace

std::vector<Use> uses_of(const PipelinePlan& pipeline) {
  std::vector<Use> all;
  const auto add = [&all](const ComponentPlan& component) {
    const std::vector<Use>& uses = component.description.uses;
    all.insert(all.end(), uses.begin(), uses.end());
  };
  add(pipeline.source);
  for (const ComponentPlan& stage : pipeline.stages) add(stage);
  for (const auto& [name, sink] : pipeline.sinks) add(sink);
  return all;
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Topology load_topology(const std::vector<std::filesystem::path>& files, const Registry& registry,
                       const Environment& environment, Diagnostics& out) {
  if (files.empty())
    out.error("no-files", {}, {}, "no configuration file is given", "name a YAML file or a directory of them");
  TopologyReader reader(registry, out);
  std::string names;
  for (const std::filesystem::path& given : files) {
    names.append(names.empty() ? "" : ", ").append(given.string());
    for (const std::filesystem::path& file : expand(given, out)) {
      if (const std::optional<Node> document = config::read_yaml(file, out))
        reader.add(config::substitute(*document, environment, out));
    }
  }
  return reader.read(names);
}

Topology parse_topology(std::string_view yaml, const std::string& file, const Registry& registry,
                        const Environment& environment, Diagnostics& out) {
  TopologyReader reader(registry, out);
  if (const std::optional<Node> document = config::parse_yaml(yaml, file, out)) {
    reader.add(config::substitute(*document, environment, out));
  }
  return reader.read(file);
}

}  // namespace weir
