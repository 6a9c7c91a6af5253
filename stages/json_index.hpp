// JsonIndex: where the tokens of a JSON text begin. simdjson's first
// pass over the bytes, at the speed of the machine's widest kernel.
//
// The index is made by simdjson's run-time dispatched stage 1, which checks UTF-8, control characters inside strings,
// and that strings end. It does not check grammar: that is JsonCursor's part, which walks *every* token, so that
// nothing unchecked is ever stored. (simdjson's on-demand front end picks its kernel when it is compiled and leaves
// what it skips unchecked: fit for neither reason.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stages {

// What is wrong with a JSON text. `what` is a literal.
struct JsonProblem {
  std::string_view what;
  std::size_t at = 0;  // byte offset
};

// One text at a time; reused, so that nothing is allocated once it is warm.
//
// Lifetime: tokens() and text() until the next build(). Executor: one thread at a time.
// Cancellation: none. Errors: build() returns false and says why in problem().
class JsonIndex {
 public:
  // `kernel`: a name of kernels(); empty = the best one this machine has.
  explicit JsonIndex(std::string_view kernel = {});
  ~JsonIndex();
  JsonIndex(JsonIndex&&) noexcept;
  JsonIndex& operator=(JsonIndex&&) noexcept;

  // The kernels that this machine can run.
  static std::vector<std::string> kernels();

  // Indexes the text; a byte order mark at its start counts as white space. It is copied (simdjson reads past its end): views must be taken from the caller's own bytes, by
  // offset. Texts of 4 GiB and more are refused.
  bool build(std::string_view text);
  const JsonProblem& problem() const { return problem_; }

  std::string_view text() const { return {text_.get(), size_}; }
  // Offsets of the tokens ({}[]:, and the first byte of strings and scalars), then the text's size as a sentinel.
  const std::uint32_t* tokens() const { return tokens_; }
  std::size_t token_count() const { return token_count_; }
  // False: no string of the text holds an escape.
  bool has_escapes() const { return has_escapes_; }

 private:
  struct Parser;
  bool reserve(std::size_t size);
  void explain(int simdjson_error);

  std::unique_ptr<Parser> parser_;
  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  const std::uint32_t* tokens_ = nullptr;
  std::size_t token_count_ = 0;
  bool has_escapes_ = false;
  JsonProblem problem_;
};

}  // namespace weir::stages
