// EventDecoder: one JSON payload, with the headers and key around it, becomes one DomainEvent.
#pragma once

#include "pipeline/batch.hpp"
#include "stages/decode.hpp"
#include "stages/field.hpp"
#include "stages/json_cursor.hpp"
#include "stages/json_pointer.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace weir::stages {

// Where a field of the `fields:` map comes from.
struct FieldSource {
  enum class Kind : std::uint8_t { pointer, header, key };
  Kind kind = Kind::pointer;
  JsonPointer pointer;
  std::string header;

  // Nothing when `text` is none of "/pointer", "header:NAME", "key".
  static std::optional<FieldSource> parse(std::string_view text);
};

// Rules (all of them are tests):
//  - the whole document is checked, not only the members that are read;
//  - a member that is null is absent; `data: null` is the data `null`;
//  - an absent member is looked for in the headers; then aggregate_id in the record's key, occurred_on in its
//  timestamp;
//  - a known member twice, or two synonyms with different values, or of the wrong type: a data error;
//  - without `data` (or `payload`) the whole payload is the data; with it, unknown members are kept in `extra`, byte
//  for byte.
//
// Lifetime: one per lane. Views in the event point into the payload, headers, key or the batch's arena.
// Executor: the lane's. Cancellation: none. Errors: decode() is false and `why` says what is wrong and where.
class EventDecoder {
 public:
  explicit EventDecoder(const DecodeConfig& config, std::string_view kernel = {});

  bool decode(Message& message, Batch& batch, std::string& why);
  // What headers and key alone say: for a record without a value.
  bool decode_tombstone(Message& message, Batch& batch, std::string& why);

 private:
  // A member of the envelope that was met: its name and its value. Kind `null` = absent.
  struct Member {
    JsonSlice name;
    JsonSlice value;
    bool met = false;
  };
  using Members = std::array<Member, kFieldCount>;
  // The text of a field, and where it was found, for error texts.
  struct Text {
    std::string_view value;
    std::string_view where;  // name of the member, header, pointer
    std::int64_t at = -1;    // byte offset; -1 = not in the payload
  };

  bool read_envelope(Members& members, std::string& why);
  bool remember(Field field, const JsonSlice& name, const JsonSlice& value, Members& members, std::string& why);
  Field field_of(const JsonSlice& name);
  bool take_envelope(Members& members, Message& message, Batch& batch, std::string& why);
  void take_rest(const Members& members, Message& message, Batch& batch);
  bool take_fields(Message& message, Batch& batch, std::string& why);
  bool take_pointed(Field field, const JsonPointer& pointer, Message& message, Batch& batch, std::string& why);
  bool take_from_record(Field field, const FieldSource& source, Message& message, std::string& why);
  bool text_of(const JsonSlice& value, std::string_view payload, Batch& batch, Text& out, std::string& why);
  bool text_of(const Member& member, std::string_view payload, Batch& batch, Text& out, std::string& why);
  bool from_headers(Field field, const Message& message, Text& out, std::string& why);
  bool take_text(Field field, const Text& text, DomainEvent& event, std::string& why);
  bool take_version(const JsonSlice& value, Text text, DomainEvent& event, std::string& why);
  bool take_version(const Text& text, DomainEvent& event, std::string& why);
  void fall_back(Message& message, Batch& batch);
  bool check_required(const DomainEvent& event, std::string& why) const;

  JsonIndex index_;
  std::vector<std::pair<Field, FieldSource>> fields_;
  std::uint32_t required_ = 0;                                    // bits of Field
  std::vector<std::pair<std::uint32_t, std::uint32_t>> unknown_;  // runs of unknown members; reused
  std::string name_scratch_;
};

}  // namespace weir::stages
