#include "pipeline/topology/defaults_block.hpp"

#include "pipeline/config/defaults.hpp"
#include "pipeline/topology/pipeline_reader.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace weir::detail {
namespace {

using config::join_path;
using config::Node;

constexpr std::string_view kPipeline = "pipeline";
constexpr std::array kKinds{ComponentKind::connection, ComponentKind::source, ComponentKind::stage,
                            ComponentKind::sink};

// persist and ack stand among the stages.
std::string key_of(ComponentKind kind, std::string_view name) {
  const bool among_stages = kind == ComponentKind::persist || kind == ComponentKind::ack;
  return std::string(to_string(among_stages ? ComponentKind::stage : kind)) + " " + std::string(name);
}

bool is_mapping(const Node::Member& member, const std::string& path, std::string_view expected,
                config::Diagnostics& out) {
  if (member.value.kind() == Node::Kind::mapping) return true;
  if (member.value.kind() != Node::Kind::null) config::wrong_type(member.value, {path, false, out}, expected);
  return false;
}

}  // namespace

void DefaultsBlock::add(const Node::Member& block) {
  if (!is_mapping(block, block.key, "a mapping, such as { stage: { persist: { ... } } }", out_)) return;
  for (const Node::Member& member : block.value.members()) {
    if (member.key == kPipeline) {
      add_pipeline(member);
      continue;
    }
    const auto kind = std::ranges::find(kKinds, member.key, [](ComponentKind known) { return to_string(known); });
    if (kind != kKinds.end()) {
      add_components(member, *kind);
      continue;
    }
    std::vector<std::string_view> known{kPipeline};
    for (const ComponentKind each : kKinds) known.push_back(to_string(each));
    report_unknown_key(member, block.key, known, out_);
  }
}

void DefaultsBlock::add_pipeline(const Node::Member& member) {
  const std::string path = "defaults.pipeline";
  if (!is_mapping(member, path, "a mapping of settings, such as { memory: 128MiB }", out_)) return;
  keep(std::string(kPipeline), member, PipelineOptions::settings_spec(), path);
}

void DefaultsBlock::add_components(const Node::Member& block, ComponentKind kind) {
  const std::string where = join_path("defaults", block.key);
  const std::string what(to_string(kind));
  if (!is_mapping(block, where, "a mapping with names of a " + what, out_)) return;
  for (const Node::Member& member : block.value.members()) {
    const std::string path = join_path(where, member.key);
    const std::shared_ptr<const ComponentType> type = registry_.find(kind, member.key);
    if (type == nullptr) {
      out_.error("unknown-component", member.mark, path, "there is no " + what + " named " + config::quote(member.key),
                 config::suggest(member.key, registry_.names(kind)));
      continue;
    }
    if (!is_mapping(member, path, "a mapping of options", out_)) continue;
    keep(key_of(kind, member.key), member, *type->spec, path);
  }
}

void DefaultsBlock::keep(const std::string& key, const Node::Member& member, const SpecBase& spec, std::string path) {
  spec.check_given(member.value, path, out_);
  const auto [entry, is_new] =
      entries_.try_emplace(key, Entry{member.mark, config::known_options(member.value, spec), path});
  if (is_new) return;
  out_.error("duplicate-key", member.mark, std::move(path),
             "defined twice; the first is at " + entry->second.mark.str(), "put both into one");
}

Node DefaultsBlock::under(const ComponentType& type, const Node& own) {
  const auto found = entries_.find(key_of(type.kind, type.name));
  if (found == entries_.end()) return own;
  found->second.used = true;
  return config::with_defaults(own, found->second.options, *type.spec);
}

Node DefaultsBlock::under_pipeline(const Node& own) {
  const auto found = entries_.find(kPipeline);
  if (found == entries_.end()) return own;
  found->second.used = true;
  return config::with_defaults(own, found->second.options, PipelineOptions::settings_spec());
}

void DefaultsBlock::warn_about_unused() const {
  for (const auto& [key, entry] : entries_) {
    if (entry.used) continue;
    out_.warning("unused-default", entry.mark, entry.path, "nothing in this configuration takes these defaults",
                 "remove them");
  }
}

}  // namespace weir::detail
