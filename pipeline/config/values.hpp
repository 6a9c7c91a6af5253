// Reading one typed value out of a Node, and writing it back as text: the types that an option of a Spec may have.
#pragma once

#include "pipeline/config/scalars.hpp"

#include <array>
#include <concepts>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {
class SpecBase;
}

namespace weir::config {

// The names of an enum's values in YAML. To be specialised beside the enum (or beside the Spec that uses it):
//   template <>
//   struct weir::config::EnumNames<On> {
//     static constexpr std::array<std::pair<std::string_view, On>, 2> names{{{"yes", On::yes}, {"no", On::no}}};
//   };
template <class E>
struct EnumNames;

// What kind of value an option takes: for messages, reference documentation and JSON Schema.
struct Shape {
  enum class Kind { boolean, integer, number, string, duration, bytes, choice, list, map, object, any };
  Kind kind = Kind::any;
  std::vector<std::string> choices = {};             // choice
  std::shared_ptr<const Shape> item = nullptr;       // list, map
  std::shared_ptr<const SpecBase> object = nullptr;  // object
  bool nullable = false;                             // null means "not set"
  std::string least = {}, most = {};                 // integer: what its type can hold
  // "duration", "list of string", "mapping of object".
  std::string str() const;
};

// One type of value: shape(), read() (false after a finding, `out` then keeps what it had), write() (flow style).
template <class T>
struct Value;

template <>
struct Value<bool> {
  static Shape shape() { return {.kind = Shape::Kind::boolean}; }
  static bool read(const Node& node, const ReadScope& scope, bool& out) { return read_bool(node, scope, out); }
  static void write(bool value, const SecretText&, std::string& out) { out += value ? "true" : "false"; }
};

template <std::integral T>
struct Value<T> {
  static Shape shape() {
    return {.kind = Shape::Kind::integer,
            .least = std::to_string(std::numeric_limits<T>::min()),
            .most = std::to_string(std::numeric_limits<T>::max())};
  }
  static bool read(const Node& node, const ReadScope& scope, T& out) {
    if constexpr (std::is_signed_v<T>) {
      std::int64_t wide = 0;
      if (!read_signed(node, scope, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), wide)) return false;
      out = static_cast<T>(wide);
    } else {
      std::uint64_t wide = 0;
      if (!read_unsigned(node, scope, std::numeric_limits<T>::max(), wide)) return false;
      out = static_cast<T>(wide);
    }
    return true;
  }
  static void write(T value, const SecretText&, std::string& out) { out += std::to_string(value); }
};

template <>
struct Value<double> {
  static Shape shape() { return {.kind = Shape::Kind::number}; }
  static bool read(const Node& node, const ReadScope& scope, double& out) { return read_double(node, scope, out); }
  static void write(double value, const SecretText&, std::string& out) { write_double(value, out); }
};

template <>
struct Value<std::string> {
  static Shape shape() { return {.kind = Shape::Kind::string}; }
  static bool read(const Node& node, const ReadScope& scope, std::string& out) { return read_string(node, scope, out); }
  static void write(const std::string& value, const SecretText&, std::string& out) { write_string(value, out); }
};

template <>
struct Value<std::filesystem::path> {
  static Shape shape() { return {.kind = Shape::Kind::string}; }
  static bool read(const Node& node, const ReadScope& scope, std::filesystem::path& out) {
    std::string text;
    if (!read_string(node, scope, text)) return false;
    out = text;
    return true;
  }
  static void write(const std::filesystem::path& value, const SecretText&, std::string& out) {
    write_string(value.string(), out);
  }
};

template <>
struct Value<Duration> {
  static Shape shape() { return {.kind = Shape::Kind::duration}; }
  static bool read(const Node& node, const ReadScope& scope, Duration& out) { return read_duration(node, scope, out); }
  static void write(Duration value, const SecretText&, std::string& out) { out += format_duration(value); }
};

template <>
struct Value<Bytes> {
  static Shape shape() { return {.kind = Shape::Kind::bytes}; }
  static bool read(const Node& node, const ReadScope& scope, Bytes& out) { return read_bytes(node, scope, out); }
  static void write(Bytes value, const SecretText&, std::string& out) { out += format_bytes(value); }
};

template <class E>
  requires std::is_enum_v<E>
struct Value<E> {
  static Shape shape() {
    Shape shape{.kind = Shape::Kind::choice};
    for (const auto& [name, value] : EnumNames<E>::names) shape.choices.emplace_back(name);
    return shape;
  }
  static bool read(const Node& node, const ReadScope& scope, E& out) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : EnumNames<E>::names) names.push_back(name);
    std::size_t index = 0;
    if (!read_choice(node, scope, names, index)) return false;
    out = EnumNames<E>::names[index].second;
    return true;
  }
  static void write(E wanted, const SecretText&, std::string& out) {
    for (const auto& [name, value] : EnumNames<E>::names) {
      if (value == wanted) out += name;
    }
  }
};

// Any value, as it stands in the file. For blocks whose keys belong to someone else.
template <>
struct Value<Node> {
  static Shape shape() { return {.kind = Shape::Kind::any}; }
  static bool read(const Node& node, const ReadScope&, Node& out) {
    out = node;
    return true;
  }
  static void write(const Node& value, const SecretText&, std::string& out) { write_node(value, out); }
};

// Null, and a ${…} that came out empty, mean "not set".
template <class T>
struct Value<std::optional<T>> {
  static Shape shape() {
    Shape shape = Value<T>::shape();
    shape.nullable = true;
    return shape;
  }
  static bool read(const Node& node, const ReadScope& scope, std::optional<T>& out) {
    if (node.kind() == Node::Kind::null || (node.substituted() && node.text().empty())) {
      out.reset();
      return true;
    }
    T value{};
    if (!Value<T>::read(node, scope, value)) return false;
    out = std::move(value);
    return true;
  }
  static void write(const std::optional<T>& value, const SecretText& secret, std::string& out) {
    if (value.has_value())
      Value<T>::write(*value, secret, out);
    else
      out += "null";
  }
};

template <class T>
struct Value<std::vector<T>> {
  static Shape shape() { return {.kind = Shape::Kind::list, .item = std::make_shared<const Shape>(Value<T>::shape())}; }
  static bool read(const Node& node, const ReadScope& scope, std::vector<T>& out) {
    if (node.kind() != Node::Kind::sequence) {
      wrong_type(node, scope, "a list, such as [a, b]",
                 node.kind() == Node::Kind::scalar ? "put it in brackets: [...]" : "");
      return false;
    }
    std::vector<T> values;
    bool good = true;
    for (std::size_t i = 0; i < node.items().size(); ++i) {
      const std::string path = join_path(scope.path, i);
      T value{};
      good = Value<T>::read(node.items()[i], {path, scope.secret, scope.out}, value) && good;
      values.push_back(std::move(value));
    }
    if (good) out = std::move(values);
    return good;
  }
  static void write(const std::vector<T>& values, const SecretText& secret, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ", ";
      Value<T>::write(values[i], secret, out);
    }
    out += ']';
  }
};

// A mapping whose keys the user chooses, in file order.
template <class T>
struct Value<std::vector<std::pair<std::string, T>>> {
  using Map = std::vector<std::pair<std::string, T>>;
  static Shape shape() { return {.kind = Shape::Kind::map, .item = std::make_shared<const Shape>(Value<T>::shape())}; }
  static bool read(const Node& node, const ReadScope& scope, Map& out) {
    if (node.kind() != Node::Kind::mapping) {
      wrong_type(node, scope, "a mapping, such as { key: value }");
      return false;
    }
    Map values;
    bool good = true;
    for (const Node::Member& member : node.members()) {
      const std::string path = join_path(scope.path, member.key);
      T value{};
      good = Value<T>::read(member.value, {path, scope.secret, scope.out}, value) && good;
      values.emplace_back(member.key, std::move(value));
    }
    if (good) out = std::move(values);
    return good;
  }
  static void write(const Map& values, const SecretText& secret, std::string& out) {
    out += '{';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ", ";
      write_string(values[i].first, out);
      out += ": ";
      Value<T>::write(values[i].second, secret, out);
    }
    out += '}';
  }
};

template <class T>
std::string to_yaml(const T& value) {
  std::string text;
  Value<T>::write(value, hide_secret, text);
  return text;
}

}  // namespace weir::config
