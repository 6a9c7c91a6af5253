// The block `defaults:` of a configuration: options that components of one name share.
#pragma once

#include "pipeline/topology/registry.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

// Of all files together:
//
//   defaults:
//     pipeline: { memory: 128MiB }                 # settings of every pipeline
//     connection: { kafka: { tls: { enabled: true } } }
//     source: { kafka: { session_timeout: 10s } }
//     stage: { persist: { on_exhausted: dlq } }
//     sink: { kafka: { connection: broker } }
//
// Lifetime: for one load; the registry outlives it. Executor, Cancellation: none. Errors: to `out`, once for each entry,
// however many components it serves.
class DefaultsBlock {
 public:
  DefaultsBlock(const Registry& registry, config::Diagnostics& out) : registry_(registry), out_(out) {}

  // The block of one more file.
  void add(const config::Node::Member& block);
  // What a component or pipeline has written, over what it has not.
  config::Node under(const ComponentType& type, const config::Node& own);
  config::Node under_pipeline(const config::Node& own);
  void warn_about_unused() const;

 private:
  struct Entry {
    config::Mark mark;
    config::Node options;
    std::string path;
    bool used = false;
  };
  void add_pipeline(const config::Node::Member& member);
  void add_components(const config::Node::Member& member, ComponentKind kind);
  // What is wrong with its options is reported; a second one of that key is.
  void keep(const std::string& key, const config::Node::Member& member, const SpecBase& spec, std::string path);

  const Registry& registry_;
  config::Diagnostics& out_;
  std::map<std::string, Entry, std::less<>> entries_;  // "stage dedupe", "pipeline"
};

}  // namespace weir::detail
