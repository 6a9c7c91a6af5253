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
// The default of an option is the member's initialiser. Types: bool,
// integers, double, std::string, std::filesystem::path, Duration
// ("5s"), Bytes ("64MiB"), enums with config::EnumNames, std::optional of these, std::vector of these,
// std::vector<std::pair<std::string, X>> (a mapping, in file order), a struct with its own Spec (`static Spec<S>
// spec()`, or the Spec given to option()), and config::Node (any value, raw).
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/option.hpp"
#include "pipeline/config/values.hpp"

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

  // Fluent attributes of the option just bound.
  template <class M>
  class Option {
   public:
    Option& required() {
      state_->info.required = true;
      state_->info.default_value.clear();
      return *this;
    }
    Option& secret() {
      state_->info.secret = true;
      return *this;
    }
    // The least and the most that is accepted; an optional that is not set is within any bounds.
    Option& min(M least) {
      state_->info.min = config::to_yaml(least);
      return check_range([least = std::move(least)](const M& value) { return is_unset(value) || !(value < least); });
    }
    Option& max(M most) {
      state_->info.max = config::to_yaml(most);
      return check_range([most = std::move(most)](const M& value) { return is_unset(value) || !(most < value); });
    }
    // For strings and lists of strings.
    Option& one_of(std::vector<std::string> choices) {
      state_->info.choices = choices;
      state_->checks.push_back(
          [choices = std::move(choices)](const M& value, const config::Node& node, const config::ReadScope& scope) {
            const std::string* stranger = detail::not_among(choices, value);
            if (stranger != nullptr) detail::report_not_among(choices, *stranger, node, scope);
          });
      return *this;
    }
    Option& example(std::string text) {
      state_->info.example = std::move(text);
      return *this;
    }
    // A further check; returns what is wrong, or an empty string.
    Option& check(std::function<std::string(const M&)> check) {
      state_->checks.push_back(
          [check = std::move(check)](const M& value, const config::Node& node, const config::ReadScope& scope) {
            if (std::string wrong = check(value); !wrong.empty())
              detail::report_refused(node, scope, "invalid-value", std::move(wrong));
          });
      return *this;
    }

   private:
    friend class Spec;
    using Check = std::function<void(const M&, const config::Node&, const config::ReadScope&)>;

    struct State final : detail::Binding<T> {
      detail::Codec<M> codec;
      std::function<M&(T&)> member;
      std::vector<Check> checks;

      void read(const config::Node& node, const std::string& path, config::Diagnostics& out, T& config) const override {
        const config::ReadScope scope{path, this->info.secret, out};
        M value = member(config);
        if (!codec.read(node, scope, value)) return;
        for (const Check& check : checks) check(value, node, scope);
        member(config) = std::move(value);
      }
      void write(const T& config, const config::SecretText& secret, std::string& out) const override {
        const M& value = member(const_cast<T&>(config));  // only read
        if (!this->info.secret) {
          codec.write(value, secret, out);
          return;
        }
        std::string text;
        codec.write(value, [](std::string_view shown) { return std::string(shown); }, text);
        out += secret(text);
      }
    };

    static bool is_unset(const M& value) {
      if constexpr (requires { value.has_value(); })
        return !value.has_value();
      else
        return false;
    }
    Option& check_range(std::function<bool(const M&)> within) {
      // The state outlives its own checks.
      const OptionInfo* info = &state_->info;
      state_->checks.push_back(
          [info, within = std::move(within)](const M& value, const config::Node& node, const config::ReadScope& scope) {
            if (within(value)) return;
            std::string range = "expected ";
            if (info->max.empty())
              range += "at least " + info->min;
            else if (info->min.empty())
              range += "at most " + info->max;
            else
              range += "a value from " + info->min + " to " + info->max;
            scope.out.error("out-of-range", node.mark(), scope.path,
                            range + ", found " + config::describe(node, scope.secret));
          });
      return *this;
    }

    explicit Option(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

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

  // Lets the whole component be written as one scalar or list that stands for this member, which must be bound already:
  // `topics: [a]`, `to: name`.
  template <class M, class B>
    requires std::derived_from<T, B>
  Spec& shorthand(M B::* member) {
    const T probe{};
    const void* wanted = &(probe.*member);
    for (const auto& binding : bindings_) {
      if (binding.address(probe) == wanted) shorthand_ = binding.option;
    }
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
    for (const auto& binding : bindings_) infos.push_back(binding.option->info);
    return infos;
  }
  std::optional<config::Shape> shorthand_shape() const override {
    if (shorthand_ == nullptr) return std::nullopt;
    return shorthand_->info.shape;
  }

 private:
  struct Bound {
    std::shared_ptr<const detail::Binding<T>> option;
    std::function<const void*(const T&)> address;  // of the member
  };

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
    bindings_.push_back({state, [member](const T& config) -> const void* {
                           return &(config.*member);
                         }});
    return Option<M>(std::move(state));
  }
  std::vector<std::string_view> keys() const {
    std::vector<std::string_view> all;
    for (const auto& binding : bindings_) all.push_back(binding.option->info.key);
    return all;
  }

  std::string doc_;
  std::vector<Bound> bindings_;
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
    while (at < bindings_.size() && bindings_[at].option->info.key != member.key) ++at;
    if (at == bindings_.size()) {
      detail::report_unknown_key(member, path, keys(), out);
      continue;
    }
    seen[at] = true;
    bindings_[at].option->read(member.value, config::join_path(path, member.key), out, config);
  }
  for (std::size_t at = 0; at < bindings_.size(); ++at) {
    const auto& option = bindings_[at].option;
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
  for (const auto& binding : bindings_) {
    out.append(separator).append(binding.option->info.key).append(": ");
    binding.option->write(config, secret, out);
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
