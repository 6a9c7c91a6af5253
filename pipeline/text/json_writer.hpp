// JsonWriter: JSON as it is written, straight into a string; commas, colons and line ends come by themselves.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::text {

// How the members of one object or array are laid out.
enum class JsonLayout : std::uint8_t {
  compact,  // {"a":1,"b":2}
  spaced,   // {"a": 1, "b": 2}
  lines,    // a line for each member, two blanks deeper than what is around it
};

// Writes one JSON value, most often an object, behind what the string holds already:
//
//   JsonWriter json(out);
//   json.begin_object();
//   json.member("topic", topic);
//   json.key("replicas");
//   json.begin_array();
//   for (int id : replicas) json.value(id);
//   json.end_array();
//   json.end_object();
//
// A call that would not be JSON is a bug and asserts: a value without its key, a key in an array, an end of what was
// not begun, a second value behind the first, a writer that goes before its last end. What is given as raw is not
// looked at.
//
// Lifetime: shorter than the string's; allocates nothing of its own. Executor: any, one at a time. Cancellation: none.
// Errors: none.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out, JsonLayout layout = JsonLayout::compact) : out_(out), layout_(layout) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter();

  // Without a layout of its own, what is begun has that of what is around it.
  void begin_object() { begin('{', layout()); }
  void begin_object(JsonLayout layout) { begin('{', layout); }
  void end_object() { end('{', '}'); }
  void begin_array() { begin('[', layout()); }
  void begin_array(JsonLayout layout) { begin('[', layout); }
  void end_array() { end('[', ']'); }

  // The name of the member whose value comes next.
  void key(std::string_view name);

  void value(std::string_view text);  // as append_json_string() writes it
  void value(double number);          // as append_json_number() writes it
  template <std::integral T>
  void value(T number) {
    if constexpr (std::same_as<T, bool>) {
      raw(number ? "true" : "false");
    } else if constexpr (std::signed_integral<T>) {
      integer(static_cast<std::int64_t>(number));
    } else {
      integer(static_cast<std::uint64_t>(number));
    }
  }
  template <class T>
  void value(const std::optional<T>& known) {  // nothing: null
    if (known.has_value()) return value(*known);
    null();
  }
  void null() { raw("null"); }
  // A value that is JSON already.
  void raw(std::string_view json);
  // The same on one line: a line end in JSON can only be white space between its parts, and becomes a blank.
  void raw_on_one_line(std::string_view json);
  // Members of an object as they are, with the commas between them; not empty.
  void raw_members(std::string_view members);

  template <class T>
  void member(std::string_view name, const T& its_value) {
    key(name);
    value(its_value);
  }
  void null_member(std::string_view name) {
    key(name);
    null();
  }
  void raw_member(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }

 private:
  struct Level {
    char open;
    JsonLayout layout;
  };
  // How deep it nests is written in the code that calls, never in an input.
  static constexpr std::size_t kDeepest = 64;

  JsonLayout layout() const { return depth_ == 0 ? layout_ : levels_[depth_ - 1].layout; }
  bool inside(char open) const { return depth_ > 0 && levels_[depth_ - 1].open == open; }
  void begin(char open, JsonLayout layout);
  void end(char open, char close);
  void integer(std::int64_t number);
  void integer(std::uint64_t number);
  void before_value();
  void separate();
  void new_line();

  std::string& out_;
  JsonLayout layout_;
  std::array<Level, kDeepest> levels_;
  std::size_t depth_ = 0;
  bool first_ = true;       // nothing was written yet on this level
  bool after_key_ = false;  // a value is due
};

}  // namespace weir::text
