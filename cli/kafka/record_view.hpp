// How one record is shown by `weir topics tail`.
#pragma once

#include "connectors/kafka/record_reader.hpp"

#include <string>

namespace weir::cli {

// One line: partition/offset, time, key, value, headers. JSON is put on one line; what is not UTF-8 shows its size and
// first bytes. Ends with a line feed.
std::string render_record(const connectors::kafka::StoredRecord& record, bool colours);

// One line: {"topic","partition","offset","timestamp","time","key" | "key_base64","value" | "value_base64","headers"}.
// A null key or value is null; headers are a list, since names may repeat, and left out when there are none.
std::string render_record_json(const std::string& topic, const connectors::kafka::StoredRecord& record);

}  // namespace weir::cli
