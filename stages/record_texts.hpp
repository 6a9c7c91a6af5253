// RecordTexts: a record's key and headers as texts. Kafka has only bytes there, and producers put numbers, JSON and what a
// schema registry's client makes into them.
#pragma once

#include "pipeline/message.hpp"
#include "stages/decode.hpp"
#include "stages/field_values.hpp"
#include "stages/json_index.hpp"

#include <memory_resource>
#include <string>
#include <string_view>

namespace weir::stages {

// How keys are read.
struct KeyRules {
  KeyFormat format = KeyFormat::text;
  Framing framing = Framing::none;
  bool connect = false;    // {"schema": ..., "payload": ...} stands for its payload
  bool json_text = false;  // a key in quotes stands for what is between them
};

// Lifetime: one per decoder; texts point into the message or the arena. Executor: the lane's. Cancellation: none.
// Errors: a false result; `why` then says what the bytes look like and which option reads them.
class RecordTexts {
 public:
  explicit RecordTexts(const KeyRules& rules) : rules_(rules) {}

  // The key. An absent or empty one is an empty text.
  bool key(const Message& message, std::pmr::memory_resource& arena, std::string_view& out, std::string& why);
  // The value of the header `name`, which is not empty, for `field`; `out.where` is empty when it says nothing. `unwrap`:
  // one in quotes stands for what is between them, and one of Connect's for its payload; without it, only correlation and
  // causation ids do. Numbers of four or eight bytes are taken where the field is one.
  bool header(Field field, std::string_view name, std::string_view value, bool unwrap, std::pmr::memory_resource& arena,
              FoundValue& out, std::string& why);

 private:
  bool text_key(std::string_view key, std::pmr::memory_resource& arena, std::string_view& out, std::string& why);
  bool text_header(bool unwrap, std::pmr::memory_resource& arena, FoundValue& out, std::string& why);

  const KeyRules rules_;
  JsonIndex index_;
};

}  // namespace weir::stages
