// EventDecoder: one JSON payload, with the headers and key around it, becomes one DomainEvent.
#pragma once

#include "pipeline/batch.hpp"
#include "stages/decode.hpp"
#include "stages/envelope_reader.hpp"
#include "stages/field_source.hpp"
#include "stages/field_values.hpp"
#include "stages/payload_view.hpp"
#include "stages/record_texts.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::stages {

// Rules (all of them are tests; docs/events.md has the forms of values and envelopes):
//  - the whole document is checked, not only the members that are read;
//  - a member that is null is absent; `data: null` is the data `null`;
//  - an absent member is looked for in the headers; then aggregate_id in the record's key, occurred_on in its
//  timestamp;
//  - a known member twice, two synonyms of one rank with different values, or a value that its field cannot have: a data
//  error;
//  - an empty text is as good as absent where a header says more;
//  - without `data` (or `payload`) the whole payload is the data, or `{}` where a preset says that data has a member of
//  its own; with it, unknown members are kept in `extra`, byte for byte; where a map says the place of the data and
//  nothing is there: a data error;
//  - of a record that fails, the event has what its headers and key say, so that the dead letter names it.
//
// Lifetime: one per lane. Views in the event point into the payload, headers, key or the batch's arena.
// Executor: the lane's. Cancellation: none. Errors: decode() is false and `why` says what is wrong and where.
class EventDecoder {
 public:
  explicit EventDecoder(const DecodeConfig& config, std::string_view kernel = {});

  bool decode(Message& message, Batch& batch, std::string& why);
  // Whether the last decode() was false because what was unwrapped is null: the record is a tombstone.
  bool met_tombstone() const { return view_.is_connect_tombstone(); }
  // Whether a record is an event although it has no value: a CloudEvent whose attributes are headers.
  bool needs_no_value(const Message& message) const;
  // The same event of a record without a value; its data is `{}`.
  bool decode_without_value(Message& message, Batch& batch, std::string& why);
  // What headers and key alone say: for a record without a value.
  bool decode_tombstone(Message& message, Batch& batch, std::string& why);
  // The same of a record that is about to fail; what cannot be read is left out.
  void take_what_the_record_says(Message& message, Batch& batch);

 private:
  enum class DataText { as_it_is, may_hold_json, holds_json };

  void begin(Message& message);
  bool finish(bool good, Message& message, Batch& batch);
  bool read(Message& message, Batch& batch, std::string& why);
  bool read_headers(Message& message, Batch& batch, std::string& why);
  bool read_envelope(Message& message, Batch& batch, std::string& why);
  bool take_envelope(Message& message, Batch& batch, std::string& why);
  bool take_member(Field field, Message& message, Batch& batch, std::string& why);
  bool is_left_to_headers(Field field, const Message& message) const;
  bool take_id_of_headers(Message& message, Batch& batch);
  bool take_rest(Message& message, Batch& batch, std::string& why);
  bool take_data(const JsonSlice& data, Message& message, Batch& batch, std::string& why);
  bool take_fields(Message& message, Batch& batch, std::string& why);
  const JsonPointer* place_of_data() const;
  bool take_field(Field field, const FieldSource& source, Message& message, Batch& batch, std::string& why);
  bool take_pointed(Field field, const JsonPointer& pointer, Message& message, Batch& batch, std::string& why);
  bool take_recorded(Field field, const FieldSource& source, Message& message, Batch& batch, std::string& why);
  bool value_of(const JsonSlice& value, Batch& batch, FoundValue& out, std::string& why) const;
  bool from_headers(Field field, const Message& message, Batch& batch, FoundValue& out, std::string& why);
  bool header_of(Field field, std::string_view name, const Message& message, Batch& batch, FoundValue& out,
                 std::string& why);
  bool may_keep(Field field) const { return keeps_bad_ && (required_ & bit(field)) == 0; }
  void keep(std::string_view name, std::string_view value, bool json, Batch& batch);
  void keep_headers(const Message& message, Batch& batch);
  void fill_from_record(Message& message, Batch& batch);
  void fall_back(Message& message, Batch& batch);
  bool check_required(const Message& message, std::string& why) const;

  const EnvelopeKind kind_;
  const bool keeps_bad_;
  const bool unquotes_;
  const DataText data_text_;
  std::vector<std::pair<Field, FieldSource>> fields_;
  std::uint32_t required_ = 0;  // bits of Field
  std::optional<JsonPointer> type_in_list_;
  const FieldValues values_;
  RecordTexts texts_;
  PayloadView view_;
  EnvelopeReader reader_;
  JsonIndex data_index_;
  const Envelope* envelope_ = nullptr;  // of the message at hand
  bool has_data_ = true;                // and not something that stands for it
  std::string key_problem_;             // why the key could not stand in for the aggregate's id
};

}  // namespace weir::stages
