// A YAML document as weir sees it: marks on every value, merge keys resolved, environment substituted inside scalars.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::config {

// A place in a file. line and column count from 1; 0 = unknown. Columns count characters, not bytes.
struct Mark {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  // "pipelines.yaml:12:7"; the unknown parts are left out.
  std::string str() const;
};

// An immutable value of a document. Cheap to copy (shared). A default-constructed Node is a null without a mark.
//
// Lifetime, Executor, Cancellation, Errors: a plain value; any thread.
class Node {
 public:
  enum class Kind { null, scalar, sequence, mapping };
  struct Member;

  Node();
  static Node scalar(std::string text, bool quoted, Mark mark);
  static Node sequence(std::vector<Node> items, Mark mark);
  static Node mapping(std::vector<Member> members, Mark mark);
  static Node null(Mark mark);

  Kind kind() const;
  // Where the value is written. A value that came by an alias (*name) has the place of the alias; what is inside it has
  // the place where it was written.
  const Mark& mark() const { return mark_; }
  // Scalars: the text after substitution, and whether it was quoted in the file ("5" is a string, 5 a number).
  // A scalar that came out of ${…} counts as unquoted, so that a default can be a number or a boolean.
  const std::string& text() const;
  bool quoted() const;
  // True when a ${…} was substituted in it: such a text may hold a secret and is not shown in messages.
  bool substituted() const;
  // What stood there before the substitution: "${file:/run/secrets/x}"; empty where there was none.
  const std::string& written() const;
  Node with_substitution(std::string text) const;
  // The same value at another place.
  Node with_mark(Mark mark) const;

  const std::vector<Node>& items() const;      // sequences, else empty
  const std::vector<Member>& members() const;  // mappings in file order, else empty
  // The member of that name, or nullptr.
  const Node* find(std::string_view key) const;

 private:
  struct Data;
  Node(std::shared_ptr<const Data> data, Mark mark) : data_(std::move(data)), mark_(std::move(mark)) {}
  std::shared_ptr<const Data> data_;  // never null
  Mark mark_;
};

struct Node::Member {
  std::string key;
  Mark mark;  // of the key
  Node value;
};

}  // namespace weir::config
