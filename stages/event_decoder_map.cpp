// The fields of a `fields:` map: each from the place that it names.
#include "stages/event_decoder.hpp"

#include <algorithm>

namespace weir::stages {

bool EventDecoder::take_fields(Message& message, Batch& batch, std::string& why) {
  JsonCursor cursor(view_.index());
  JsonSlice whole;
  if (!cursor.value(whole) || !cursor.at_end()) return view_.broken(cursor.problem(), why);
  bool good = true;
  bool has_data = false;
  std::string later;
  for (const auto& [field, source] : fields_) {
    good &= take_field(field, source, message, batch, good ? why : later);
    has_data |= !message.event.data.empty();
  }
  if (!good) return false;
  message.event.extra = reader_.rest_of_elsewhere(batch.arena());
  if (has_data) return true;
  has_data_ = false;
  if (const JsonPointer* const place = place_of_data(); place != nullptr && !may_keep(Field::data)) {
    why = "there is nothing at " + place->text() + ", where 'fields' says that the data stands";
    if ((required_ & bit(Field::data)) == 0) why += "; 'on_bad_field: keep' stores the whole payload then";
    return false;
  }
  if (whole.kind == JsonKind::string) return take_data(whole, message, batch, why);
  message.event.data = view_.text();
  return true;
}

const JsonPointer* EventDecoder::place_of_data() const {
  const auto placed = std::ranges::find(fields_, Field::data, &std::pair<Field, FieldSource>::first);
  return placed == fields_.end() ? nullptr : &placed->second.pointer;
}

bool EventDecoder::take_field(Field field, const FieldSource& source, Message& message, Batch& batch,
                              std::string& why) {
  return source.kind == FieldSource::Kind::pointer ? take_pointed(field, source.pointer, message, batch, why)
                                                   : take_recorded(field, source, message, batch, why);
}

bool EventDecoder::take_pointed(Field field, const JsonPointer& pointer, Message& message, Batch& batch,
                                std::string& why) {
  JsonSlice value;
  JsonProblem problem;
  const JsonPointer::Found at = pointer.find(view_.index(), value, problem);
  if (at == JsonPointer::Found::broken) return view_.broken(problem, why);
  if (at == JsonPointer::Found::no) return true;
  if (field == Field::data) return take_data(value, message, batch, why);
  if (value.kind == JsonKind::null) return true;
  FoundValue found{.where = pointer.text()};
  if (value_of(value, batch, found, why) && values_.take(field, found, message.event, batch.arena(), why)) return true;
  if (!may_keep(field)) return false;
  keep(name_of(field), value.raw(view_.text()), true, batch);
  return true;
}

// From a header or the key.
bool EventDecoder::take_recorded(Field field, const FieldSource& source, Message& message, Batch& batch,
                                 std::string& why) {
  FoundValue found;
  bool good = true;
  if (source.kind == FieldSource::Kind::key) {
    good = texts_.key(message, batch.arena(), found.value, why);
    found.where = "the record key";
    if (good && found.value.empty()) return true;
    if (!good) found.value = message.key;
  } else {
    good = header_of(field, source.header, message, batch, found, why);
    if (found.where.empty()) return true;
  }
  if (good && values_.take(field, found, message.event, batch.arena(), why)) return true;
  if (!may_keep(field)) return false;
  keep(name_of(field), found.value, false, batch);
  return true;
}

}  // namespace weir::stages
