// Spec<T>: the one place where a component's options are described. Parsing, unknown-key errors, `weir lint`, the JSON
// Schema and the reference documentation all come from it.
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
// The default of an option is the member's initialiser. Types: bool, integers, double, std::string,
// std::filesystem::path, Duration ("5s"), Bytes ("64MiB"), enums with config::EnumNames, std::optional of these,
// std::vector of these, std::vector<std::pair<std::string, X>> (a mapping, in file order), a struct with its own Spec
// (`static Spec<S> spec()`, or the Spec given to option()), and config::Node (any value, raw).
#pragma once

#include "pipeline/config/bound_option.hpp"
#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/option.hpp"
#include "pipeline/config/values.hpp"

#include <cassert>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

template <class T>
class Spec final : public SpecBase {
 public:
  explicit Spec(std::string doc) : doc_(std::move(doc)) {}

  template <class M>
  using Option = detail::BoundOption<T, M>;

  // Binds `key` to a member.
  template <class M, class B>
    requires std::derived_from<T, B>
  Option<M> option(std::string key, M B::* member, std::string doc) {
    using Value = config::Value<M>;
    return bind<M>(std::move(key), member, std::move(doc), {Value::shape(), &Value::read, &write_value<M>, nullptr});
  }
  // The same for a nested struct whose Spec is made elsewhere.
  template <class M, class B>
    requires std::derived_from<T, B>
  Option<M> option(std::string key, M B::* member, std::string doc, Spec<M> nested) {
    auto shared = std::make_shared<const Spec<M>>(std::move(nested));
    config::Shape shape{config::Shape::Kind::object, {}, nullptr, shared};
    return bind<M>(std::move(key), member, std::move(doc), {std::move(shape), nullptr, nullptr, shared});
  }

  // Lets the whole component be written as one scalar or list that stands for this option, which is bound already:
  // `topics: [a]`, `to: name`.
  Spec& shorthand(std::string_view key) {
    for (const auto& option : bindings_) {
      if (option->info.key == key) shorthand_ = option;
    }
    assert(shorthand_ != nullptr && "the shorthand's option is bound first");
    return *this;
  }
  // Refuses combinations. `where` is the component's node. Not called when an option of it was refused already.
  Spec& validate(
      std::function<void(const T&, const config::Node& where, const std::string& path, config::Diagnostics&)> check) {
    validators_.push_back(std::move(check));
    return *this;
  }

  // Null and an empty mapping mean "all defaults". Reports every problem it finds, then returns what it could read.
  T parse(const config::Node& node, const std::string& path, config::Diagnostics& out) const;
  // Every option with its value, in the order of the Spec: equal texts mean equal configs.
  void write(const T& config, const config::SecretText& secret, std::string& out) const;

  const std::string& doc() const override { return doc_; }
  std::vector<OptionInfo> options() const override {
    std::vector<OptionInfo> infos;
    for (const auto& option : bindings_) infos.push_back(option->info);
    return infos;
  }
  std::optional<config::Shape> shorthand_shape() const override {
    if (shorthand_ == nullptr) return std::nullopt;
    return shorthand_->info.shape;
  }
  std::string_view shorthand_key() const override {
    return shorthand_ == nullptr ? std::string_view() : std::string_view(shorthand_->info.key);
  }

 private:
  template <class M>
  static void write_value(const M& value, const config::SecretText& secret, std::string& out) {
    config::Value<M>::write(value, secret, out);
  }
  template <class M, class B>
  Option<M> bind(std::string key, M B::* member, std::string doc, detail::Codec<M> codec) {
    auto state = std::make_shared<typename Option<M>::State>();
    state->member = [member](T& config) -> M& {
      return config.*member;
    };
    state->info.key = std::move(key);
    state->info.doc = std::move(doc);
    state->info.type = codec.shape.str();
    state->info.choices = codec.shape.choices;
    state->info.object = codec.shape.object;
    state->info.shape = codec.shape;
    const T defaults{};
    codec.write(defaults.*member, config::hide_secret, state->info.default_value);
    state->codec = std::move(codec);
    bindings_.push_back(state);
    return Option<M>(std::move(state));
  }
  std::vector<std::string_view> keys() const {
    std::vector<std::string_view> all;
    for (const auto& option : bindings_) all.push_back(option->info.key);
    return all;
  }

  std::string doc_;
  std::vector<std::shared_ptr<const detail::Binding<T>>> bindings_;
  std::shared_ptr<const detail::Binding<T>> shorthand_;
  std::vector<std::function<void(const T&, const config::Node&, const std::string&, config::Diagnostics&)>> validators_;
};

template <class T>
T Spec<T>::parse(const config::Node& node, const std::string& path, config::Diagnostics& out) const {
  using Kind = config::Node::Kind;
  T config{};
  const std::size_t errors_before = out.error_count();
  const bool as_shorthand = shorthand_ != nullptr && (node.kind() == Kind::scalar || node.kind() == Kind::sequence);
  if (as_shorthand) {
    shorthand_->read(node, path, out, config);
  } else if (node.kind() != Kind::null && node.kind() != Kind::mapping) {
    detail::report_not_a_mapping(node, path, keys(), out);
    return config;
  }
  std::vector<bool> seen(bindings_.size());
  for (const config::Node::Member& member : node.members()) {
    std::size_t at = 0;
    while (at < bindings_.size() && bindings_[at]->info.key != member.key) ++at;
    if (at == bindings_.size()) {
      const std::string_view meant = detail::report_unknown_key(member, path, keys(), out);
      for (std::size_t i = 0; i < bindings_.size(); ++i) seen[i] = seen[i] || bindings_[i]->info.key == meant;
      continue;
    }
    seen[at] = true;
    bindings_[at]->read(member.value, config::join_path(path, member.key), out, config);
  }
  for (std::size_t at = 0; at < bindings_.size(); ++at) {
    const auto& option = bindings_[at];
    const bool given = seen[at] || (as_shorthand && option == shorthand_);
    if (option->info.required && !given) detail::report_missing_key(node, path, option->info, out);
  }
  if (out.error_count() == errors_before) {
    for (const auto& check : validators_) check(config, node, path, out);
  }
  return config;
}

template <class T>
void Spec<T>::write(const T& config, const config::SecretText& secret, std::string& out) const {
  out += '{';
  const char* separator = "";
  for (const auto& option : bindings_) {
    out.append(separator).append(option->info.key).append(": ");
    option->write(config, secret, out);
    separator = ", ";
  }
  out += '}';
}

template <class M>
bool detail::Codec<M>::read(const config::Node& node, const config::ReadScope& scope, M& out) const {
  if (nested == nullptr) return read_value(node, scope, out);
  const std::size_t errors_before = scope.out.error_count();
  out = nested->parse(node, scope.path, scope.out);
  return scope.out.error_count() == errors_before;
}

template <class M>
void detail::Codec<M>::write(const M& value, const config::SecretText& secret, std::string& out) const {
  if (nested != nullptr)
    nested->write(value, secret, out);
  else
    write_value(value, secret, out);
}

// A struct that describes itself: `static Spec<S> spec()`.
template <class S>
concept HasSpec = requires {
  { S::spec() } -> std::same_as<Spec<S>>;
};

}  // namespace weir

namespace weir::config {

template <weir::HasSpec S>
struct Value<S> {
  static const std::shared_ptr<const Spec<S>>& shared() {
    static const auto kSpec = std::make_shared<const Spec<S>>(S::spec());
    return kSpec;
  }
  static Shape shape() { return {Shape::Kind::object, {}, nullptr, shared()}; }
  static bool read(const Node& node, const ReadScope& scope, S& out) {
    const std::size_t errors_before = scope.out.error_count();
    out = shared()->parse(node, scope.path, scope.out);
    return scope.out.error_count() == errors_before;
  }
  static void write(const S& value, const SecretText& secret, std::string& out) { shared()->write(value, secret, out); }
};

}  // namespace weir::config
