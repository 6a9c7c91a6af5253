// The option of a Spec that was just bound to a member: what may be said of it, and how its value is read and checked.
#pragma once

#include "pipeline/config/diagnostics.hpp"
#include "pipeline/config/option.hpp"
#include "pipeline/config/values.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::detail {

// Fluent attributes of an option of a T whose member is an M; see Spec::option().
//
// Lifetime: shares the option with its Spec. Executor: any, one at a time. Cancellation, Errors: none.
template <class T, class M>
class BoundOption {
 public:
  BoundOption& required() {
    state_->info.required = true;
    state_->info.default_value.clear();
    return *this;
  }
  BoundOption& secret() {
    return secret([](const M&) { return true; });
  }
  // The same for a value that is secret as a whole, but need not hold one: the address of a server without a password.
  BoundOption& secret(std::function<bool(const M&)> holds_one) {
    state_->info.secret = true;
    state_->holds_secret = std::move(holds_one);
    return *this;
  }
  // For secrets: what of one may be shown, as a text that the option still takes.
  BoundOption& masked_by(std::function<std::string(const std::string& secret)> mask) {
    state_->info.mask = std::move(mask);
    return *this;
  }
  // For mappings of texts: the keys whose values are secrets.
  BoundOption& secret_keys(std::function<bool(std::string_view key)> is_secret) {
    state_->info.is_secret_key = std::move(is_secret);
    return *this;
  }
  // The least and the most that is accepted; an optional that is not set is within any bounds.
  BoundOption& min(M least) {
    state_->info.min = config::to_yaml(least);
    return check_range([least = std::move(least)](const M& value) { return is_unset(value) || !(value < least); });
  }
  BoundOption& max(M most) {
    state_->info.max = config::to_yaml(most);
    return check_range([most = std::move(most)](const M& value) { return is_unset(value) || !(most < value); });
  }
  // For strings and lists of strings.
  BoundOption& one_of(std::vector<std::string> choices) {
    state_->info.choices = choices;
    state_->checks.push_back(
        [choices = std::move(choices)](const M& value, const config::Node& node, const config::ReadScope& scope) {
          const std::string* stranger = not_among(choices, value);
          if (stranger != nullptr) report_not_among(choices, *stranger, node, scope);
        });
    return *this;
  }
  BoundOption& example(std::string text) {
    state_->info.example = std::move(text);
    return *this;
  }
  // A further check; returns what is wrong, or an empty string.
  BoundOption& check(std::function<std::string(const M&)> check) {
    state_->checks.push_back(
        [check = std::move(check)](const M& value, const config::Node& node, const config::ReadScope& scope) {
          if (std::string wrong = check(value); !wrong.empty())
            report_refused(node, scope, "invalid-value", std::move(wrong));
        });
    return *this;
  }

 private:
  friend class Spec<T>;
  using Check = std::function<void(const M&, const config::Node&, const config::ReadScope&)>;

  struct State final : Binding<T> {
    // A mapping of texts, with what its secret keys hold as `secret` gives it.
    M hide_values(M value, const config::SecretText& secret) const {
      if constexpr (requires(const M& texts) { std::string_view(texts.begin()->second); }) {
        for (auto& [key, text] : value) {
          if (this->info.is_secret_key(key)) text = secret(text);
        }
      }
      return value;
    }

    Codec<M> codec;
    std::function<M&(T&)> member;
    std::vector<Check> checks;
    std::function<bool(const M&)> holds_secret;  // set for secrets

    void read(const config::Node& node, const std::string& path, config::Diagnostics& out, T& config) const override {
      const config::ReadScope scope{path, this->info.secret, out};
      M value = member(config);
      if (!codec.read(node, scope, value)) return;
      for (const Check& check : checks) check(value, node, scope);
      const bool is_written = !node.substituted() && !node.text().empty();
      if (is_written && holds_secret && holds_secret(value)) report_in_clear(node, scope);
      member(config) = std::move(value);
    }
    void write(const T& config, const config::SecretText& secret, std::string& out) const override {
      const M& value = member(const_cast<T&>(config));  // only read
      if (!this->info.secret) {
        codec.write(this->info.is_secret_key ? hide_values(value, secret) : value, secret, out);
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
  BoundOption& check_range(std::function<bool(const M&)> within) {
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

  explicit BoundOption(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace weir::detail
