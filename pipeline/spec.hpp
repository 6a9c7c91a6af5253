// Spec<T>: the one place where a component's options are described. Parsing, unknown-key errors, `weir lint`, the JSON Schema and the
// reference documentation all come from it.
//
//   struct DedupeConfig { std::string key = "event_id"; Duration window = 24h; };
//
//   Spec<DedupeConfig> dedupe_spec() {
//     Spec<DedupeConfig> spec("Drops messages whose id was seen before.");
//     spec.option("key", &DedupeConfig::key, "Field that identifies a message.").example("header:id");
//     spec.option("window", &DedupeConfig::window, "How long an id is remembered.").min(1s).max(30 * 24h);
//     return spec;
//   }
//
// The default of an option is the member's initialiser. Types: bool, integers, double, std::string, Duration ("5s"), Bytes ("64MiB"),
// enums with `enum_names`, std::optional of these, std::vector of these, std::vector<std::pair<std::string, X>> (a mapping, in file
// order), a struct with its own Spec (via `static Spec<S> spec()`), and config::Node (any value, raw).
#pragma once

#include "pipeline/clock.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/values.hpp"
#include "pipeline/units.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// What the documentation and the schema need to know of one option.
struct OptionInfo {
  std::string key;
  std::string doc;
  std::string type;           // "duration", "string", "list of string", "object", ...
  std::string default_value;  // as YAML text; empty when required
  bool required = false;
  bool secret = false;        // never shown in logs, echo, API or dead letters (I10)
  std::string min, max;       // as YAML text; empty = unbounded
  std::vector<std::string> choices;
  std::string example;
  std::shared_ptr<const class SpecBase> object;  // the options of a nested object
};

class SpecBase {
 public:
  virtual ~SpecBase() = default;
  virtual const std::string& doc() const = 0;
  virtual std::vector<OptionInfo> options() const = 0;
};

template <class T>
class Spec final : public SpecBase {
 public:
  explicit Spec(std::string doc) : doc_(std::move(doc)) {}

  // Fluent attributes of the option just bound.
  template <class M>
  class Option {
   public:
    Option& required();
    Option& secret();
    Option& min(M least);
    Option& max(M most);
    Option& one_of(std::vector<std::string> choices);
    Option& example(std::string text);
    // A further check; returns what is wrong, or an empty string.
    Option& check(std::function<std::string(const M&)> check);

   private:
    friend class Spec;
    struct State;
    explicit Option(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  // Binds `key` to a member.
  template <class M>
  Option<M> option(std::string key, M T::*member, std::string doc);
  // Lets the whole component be written as one scalar or list that stands for this member: `ack:`, `drop: {}`, `topics: [a]`.
  template <class M>
  Spec& shorthand(M T::*member);
  // Refuses combinations. `where` is the component's node.
  Spec& validate(std::function<void(const T&, const config::Node& where, const std::string& path, config::Diagnostics&)> check);

  // Null and an empty mapping mean "all defaults". Reports every problem it finds, then returns what it could read.
  T parse(const config::Node& node, const std::string& path, config::Diagnostics& out) const;

  const std::string& doc() const override { return doc_; }
  std::vector<OptionInfo> options() const override;

 private:
  std::string doc_;
};

}  // namespace weir
