// JsonCursor: walks the tokens of a JsonIndex and checks all of the grammar on its way (RFC 8259).
#pragma once

#include "stages/json_index.hpp"

#include <cstdint>
#include <string_view>

namespace weir::stages {

enum class JsonKind : std::uint8_t { object, array, string, number, boolean, null };
// "an object", "a text", "a number", ...
std::string_view describe(JsonKind kind);

// One value of a text: its bytes [begin, end), quotes included.
struct JsonSlice {
  JsonKind kind = JsonKind::null;
  bool escaped = false;  // a string that holds escapes
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  // The bytes of the value in `text`, as they stand there.
  std::string_view raw(std::string_view text) const { return text.substr(begin, end - begin); }
  // What stands between the quotes of a string.
  std::string_view inside(std::string_view text) const { return text.substr(begin + 1, end - begin - 2); }
};

// Moves forward only, over values, members and items. Recursion is a bit stack of fixed size: no input can exhaust the
// stack. Numbers of any size and precision pass; a lone surrogate escape (\ud800) is grammatical and passes too:
// whoever needs the text asks unescape(), which refuses it.
//
// Lifetime: the index outlives it and is not rebuilt. Executor: one thread. Cancellation: none.
// Errors: a false or `broken` result; problem() then says what and where. After it the cursor is not to be used.
class JsonCursor {
 public:
  static constexpr std::size_t kMaxDepth = 256;
  enum class Step : std::uint8_t { found, end, broken };

  explicit JsonCursor(const JsonIndex& index)
      : text_(index.text()),
        at_(index.tokens()),
        end_(index.tokens() + index.token_count()),
        escapes_(index.has_escapes()) {}

  // Checks the value at the cursor, all that is nested in it included, and moves past it.
  bool value(JsonSlice& out);
  // What kind of value begins here. Only at a place where a value may stand; nothing else is checked.
  bool peek(JsonKind& kind);
  // Enters the object or array at the cursor, whose kind peek() has told.
  void enter() {
    ++at_;
    first_ = true;
  }
  // The next member of the object entered last: its name, with the cursor at its value.
  Step next_member(JsonSlice& name);
  // The next item of the array entered last, with the cursor at it.
  Step next_item();
  // True when nothing stands after the value; else a problem.
  bool at_end();

  const JsonProblem& problem() const { return problem_; }

 private:
  bool fail(std::string_view what, std::size_t at) {
    problem_ = {what, at};
    return false;
  }
  std::size_t offset() const { return at_ == end_ ? text_.size() : *at_; }
  char byte() const { return at_ == end_ ? '\0' : text_[*at_]; }
  bool scalar(JsonSlice& out);
  bool string(JsonSlice& out);
  bool number(JsonSlice& out);
  bool word(std::string_view word, JsonKind kind, JsonSlice& out);
  bool container(JsonSlice& out);
  bool key();

  std::string_view text_;
  const std::uint32_t* at_;
  const std::uint32_t* end_;
  bool escapes_;
  bool first_ = false;
  JsonProblem problem_;
};

// Writes the text that the escaped `inside` stands for to `out` (which has room
// for inside.size() bytes) and its length to `size`. False for a surrogate without
// its other half: such a text has no UTF-8. The escapes have passed a JsonCursor.
bool unescape(std::string_view inside, char* out, std::size_t& size);

}  // namespace weir::stages
