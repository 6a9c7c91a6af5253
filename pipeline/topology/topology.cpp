#include "pipeline/topology/topology.hpp"

#include "pipeline/config/substitute.hpp"
#include "pipeline/config/yaml.hpp"
#include "pipeline/topology/document_change.hpp"
#include "pipeline/topology/pipeline_reader.hpp"
#include "pipeline/topology/plan_checks.hpp"
#include "pipeline/topology/yaml_files.hpp"

#include <algorithm>
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
  TopologyReader(const Registry& registry, Diagnostics& out)
      : out_(out), defaults_(registry, out), components_(registry, defaults_, out) {}

  // Nothing: a document that could not be read, and may have held anything.
  void add(const std::optional<Node>& document) {
    if (document.has_value())
      add(*document);
    else
      lacks_documents_ = true;
  }

  void add(const Node& document) {
    if (document.kind() == Node::Kind::null) return;
    if (document.kind() != Node::Kind::mapping) {
      config::wrong_type(document, {{}, false, out_}, "a mapping with the keys 'connections' and 'pipelines'");
      lacks_documents_ = true;
      return;
    }
    for (const Node::Member& member : document.members()) {
      if (member.key == "connections")
        collect(member, connections_);
      else if (member.key == "pipelines")
        collect(member, pipelines_);
      else if (member.key == "defaults")
        defaults_.add(member);
      else if (!member.key.starts_with(kOwnKey))
        refuse(member);
    }
  }

  Topology read(const std::string& where) {
    Topology topology;
    CheckScope scope;
    scope.lacks_connections = lacks_documents_;
    for (const Node::Member& entry : connections_) {
      ComponentPlan plan =
          components_.read(ComponentKind::connection, entry.value, "connections." + entry.key, CheckScope());
      scope.connections.emplace(entry.key, plan.type == nullptr ? std::string() : plan.type->name);
      topology.connections.emplace(entry.key, std::move(plan));
    }
    scope.find_description = [&topology](const std::string& name) -> const Description* {
      const auto found = topology.connections.find(name);
      return found == topology.connections.end() || found->second.type == nullptr ? nullptr
                                                                                  : &found->second.description;
    };
    for (const Node::Member& entry : pipelines_) {
      const Node written = defaults_.under_pipeline(entry.value);
      topology.pipelines.push_back(detail::read_pipeline(entry.key, written, components_, scope, out_));
    }
    if (pipelines_.empty() && !lacks_documents_) {
      out_.error("no-pipelines", file_mark(where), {}, "no pipelines are defined here", "add one under 'pipelines:'");
    }
    if (!pipelines_.empty() && is_sound(topology)) warn_about_unused(topology);
    detail::check_whole_plan(topology, out_);
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
    const bool is_mapping = block.value.kind() == Node::Kind::mapping;
    if (!is_mapping) config::wrong_type(block.value, {block.key, false, out_}, "a mapping of names");
    const bool too_large = block.value.members().size() > detail::kMaxEntries;
    if (too_large) out_.error("too-large", block.mark, block.key, detail::too_many_entries());
    if (!is_mapping || too_large) {
      lacks_documents_ = true;
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
    const std::vector<std::string_view> known{"connections", "pipelines", "defaults"};
    lacks_documents_ = true;  // whatever was meant by it
    out_.error("unknown-key", member.mark, {},
               "unknown key " + config::quote(member.key) + "; known are connections, pipelines, defaults",
               config::nearest(member.key, known).empty() ? "keys of your own, as a home for anchors, begin with 'x-'"
                                                          : config::suggest(member.key, known));
  }

  // Whether all there is could be read: one that was refused may have been the user of what else seems to have none.
  bool is_sound(const Topology& topology) const {
    if (lacks_documents_) return false;
    return std::ranges::all_of(topology.pipelines, [](const PipelinePlan& pipeline) {
      const auto sound = [](const ComponentPlan& component) {
        return component.is_sound;
      };
      return pipeline.source.is_sound && !pipeline.lacks_stages && std::ranges::all_of(pipeline.stages, sound) &&
             std::ranges::all_of(pipeline.sinks, sound, &std::pair<std::string, ComponentPlan>::second);
    });
  }

  void warn_about_unused(const Topology& topology) {
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
    defaults_.warn_about_unused();
  }

  Diagnostics& out_;
  detail::DefaultsBlock defaults_;
  const detail::ComponentReader components_;
  Entries connections_;
  Entries pipelines_;
  bool lacks_documents_ = false;
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

// The mapping with `change(member)` in the place of each of its values; anything else as it is.
template <class Change>
Node with_values(const Node& node, const Change& change) {
  if (node.kind() != Node::Kind::mapping) return node;
  std::vector<Node::Member> members;
  for (const Node::Member& member : node.members()) members.push_back({member.key, member.mark, change(member)});
  return Node::mapping(std::move(members), node.mark());
}

// The document with `tests(pipeline)` in the place of the tests that a pipeline has.
template <class Tests>
Node with_tests(const Node& document, const Tests& tests) {
  return with_values(document, [&tests](const Node::Member& block) {
    if (block.key != "pipelines") return block.value;
    return with_values(block.value, [&tests](const Node::Member& pipeline) {
      return with_values(pipeline.value, [&tests, &pipeline](const Node::Member& member) {
        return member.key == "tests" ? tests(pipeline) : member.value;
      });
    });
  });
}

// Tests have an environment of their own, so they stay as they are written: whoever runs them substitutes them.
std::optional<Node> substituted(std::optional<Node> document, const Environment& environment, Diagnostics& out) {
  if (!document.has_value()) return document;
  const Node without = with_tests(*document, [](const Node::Member&) { return Node(); });
  const Node* written = document->find("pipelines");
  return with_tests(config::substitute(without, environment, out), [written](const Node::Member& pipeline) {
    const Node* its = written == nullptr ? nullptr : written->find(pipeline.key);
    const Node* tests = its == nullptr ? nullptr : its->find("tests");
    return tests == nullptr ? Node() : *tests;
  });
}

// No change: the document itself.
std::optional<Node> changed(std::optional<Node> document, const DocumentChange& change) {
  if (document.has_value() && change) document = change(*document);
  return document;
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

Topology load_topology(const std::vector<std::filesystem::path>& files, const Registry& registry,
                       const Environment& environment, Diagnostics& out) {
  return load_changed_topology(files, registry, environment, {}, out);
}

Topology load_changed_topology(const std::vector<std::filesystem::path>& files, const Registry& registry,
                               const Environment& environment, const DocumentChange& change, Diagnostics& out) {
  if (files.empty())
    out.error("no-files", {}, {}, "no configuration file is given", "name a YAML file or a directory of them");
  TopologyReader reader(registry, out);
  std::string names;
  for (const std::filesystem::path& given : files) {
    names.append(names.empty() ? "" : ", ").append(given.string());
    const std::vector<std::filesystem::path> meant = expand(given, out);
    if (meant.empty()) reader.add(std::nullopt);
    for (const std::filesystem::path& file : meant) {
      reader.add(changed(substituted(config::read_yaml(file, out), environment, out), change));
    }
  }
  return reader.read(names);
}

Topology parse_topology(std::string_view yaml, const std::string& file, const Registry& registry,
                        const Environment& environment, Diagnostics& out) {
  TopologyReader reader(registry, out);
  reader.add(substituted(config::parse_yaml(yaml, file, out), environment, out));
  return reader.read(file);
}

}  // namespace weir
