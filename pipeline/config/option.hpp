// What a Spec is made of: the description of one option, and its binding to a member with the member's type erased.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/values.hpp"

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
  bool secret = false;  // never shown in logs, echo, API or dead letters (I10)
  // What of a secret may be shown, as a text that the option still takes; empty: nothing of it.
  std::function<std::string(const std::string& secret)> mask;
  // Of a mapping: the keys whose values are secrets; empty: none.
  std::function<bool(std::string_view key)> is_secret_key;
  std::string min, max;  // as YAML text; empty = unbounded
  std::vector<std::string> choices;
  std::string example;
  std::shared_ptr<const class SpecBase> object;  // the options of a nested object
  config::Shape shape;                           // the type again, for machines
};

class SpecBase {
 public:
  virtual ~SpecBase() = default;
  virtual const std::string& doc() const = 0;
  virtual std::vector<OptionInfo> options() const = 0;
  // The shape of the value that may stand for the whole component; nothing = only a mapping may.
  virtual std::optional<config::Shape> shorthand_shape() const = 0;
  // The key of the option that such a value means; empty = none.
  virtual std::string_view shorthand_key() const = 0;
  // Reports what is wrong with the options that are given, each on its own: none is missing, nothing is combined.
  virtual void check_given(const config::Node& node, const std::string& path, config::Diagnostics& out) const = 0;
};

template <class T>
class Spec;

namespace detail {

// How a member of type M is read and written: by its config::Value, or by a Spec given to option().
template <class M>
struct Codec {
  config::Shape shape;
  bool (*read_value)(const config::Node&, const config::ReadScope&, M&) = nullptr;
  void (*write_value)(const M&, const config::SecretText&, std::string&) = nullptr;
  std::shared_ptr<const Spec<M>> nested;

  bool read(const config::Node& node, const config::ReadScope& scope, M& out) const;
  void write(const M& value, const config::SecretText& secret, std::string& out) const;
};

// One bound option of a T, its member's type erased.
template <class T>
struct Binding {
  OptionInfo info;
  virtual ~Binding() = default;
  virtual void read(const config::Node& node, const std::string& path, config::Diagnostics& out, T& config) const = 0;
  virtual void write(const T& config, const config::SecretText& secret, std::string& out) const = 0;
};

// Refuses a value: what it must be, unless the check's sentence would show what must not be shown.
void report_refused(const config::Node& node, const config::ReadScope& scope, config::FindingCode code,
                    std::string message);
// Warns of a secret that stands in the file itself.
void report_in_clear(const config::Node& node, const config::ReadScope& scope);
// Returns the key that was meant, as far as it can be guessed: that one is not missing as well.
std::string_view report_unknown_key(const config::Node::Member& member, const std::string& path,
                                    const std::vector<std::string_view>& known, config::Diagnostics& out);
void report_missing_key(const config::Node& node, const std::string& path, const OptionInfo& info,
                        config::Diagnostics& out);
void report_not_a_mapping(const config::Node& node, const std::string& path, const std::vector<std::string_view>& known,
                          config::Diagnostics& out);
// The first of the texts of `value` that is not among the choices; nullptr = all are.
const std::string* not_among(const std::vector<std::string>& choices, const std::string& value);
const std::string* not_among(const std::vector<std::string>& choices, const std::vector<std::string>& values);
const std::string* not_among(const std::vector<std::string>& choices, const std::optional<std::string>& value);
void report_not_among(const std::vector<std::string>& choices, const std::string& stranger, const config::Node& node,
                      const config::ReadScope& scope);

}  // namespace detail

}  // namespace weir
