// PayloadView: the JSON document that decode reads, inside of what the producer put around it. The message's own payload
// stays as it is: dead letters and copies are made of that.
#pragma once

#include "pipeline/message.hpp"
#include "stages/decode.hpp"
#include "stages/json_cursor.hpp"
#include "stages/json_index.hpp"

#include <memory_resource>
#include <string>
#include <string_view>

namespace weir::stages {

// What is taken off.
struct PayloadRules {
  Framing framing = Framing::none;
  bool connect = false;          // {"schema": ..., "payload": ...} stands for its payload
  bool connect_is_read = false;  // such a document is read as it is, by whoever points into it
  bool value_text = false;       // a document that is one text stands for the JSON in it
  bool takes_any_value = false;  // a text is fit to be the event's data
};

// Lifetime: one per decoder; text() and index() until the next open(). Executor: the lane's. Cancellation: none.
// Errors: a false result; `why` then says what the payload looks like and which option reads it.
class PayloadView {
 public:
  PayloadView(const PayloadRules& rules, std::string_view kernel) : rules_(rules), index_(kernel) {}

  // Finds and indexes the document; its grammar is not checked yet. Puts a schema's id into the event.
  bool open(Message& message, std::pmr::memory_resource& arena, std::string& why);

  // The document is Connect's, and its payload null: the record says what a tombstone says.
  bool is_connect_tombstone() const { return connect_null_; }
  std::string_view text() const { return text_; }
  const JsonIndex& index() const { return index_; }
  // A place in the document as one in the payload; -1 when the document was made of an escaped text.
  std::int64_t offset(std::size_t at) const;
  // Says that the document is no JSON, and what it looks like instead. Always false.
  bool broken(const JsonProblem& problem, std::string& why) const;

 private:
  bool build(std::string_view text, std::string& why);
  bool unwrap_connect(std::string& why);
  bool unwrap_text(std::pmr::memory_resource& arena, std::string& why);

  const PayloadRules rules_;
  JsonIndex index_;
  bool connect_null_ = false;
  std::string_view payload_;
  std::string_view text_;
};

}  // namespace weir::stages
