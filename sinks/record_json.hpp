// A record as one line of JSON: for the sinks that write text.
#pragma once

#include "pipeline/message.hpp"

#include <string>

namespace weir::sinks {

// Appends the whole record, byte for byte, as one JSON object without a line end:
//
//   {"topic":"orders","partition":0,"offset":17,"timestamp":1738232130123,"key":"42","headers":[{"name":"a","value":"b"}],"payload":"…"}
//
// Bytes that are UTF-8 are a text; others are base64, with a member of the same name and `_encoding` behind it:
// "payload":"/wA=","payload_encoding":"base64". Kafka's null (no key, no value) is null. "cluster" stands first where
// it is known; "timestamp" is left out where there is none. A dead letter has "reason" and "stage" before its key, and
// "number" beside the value of a kafka_dlt-original-* header that is a big-endian number.
void append_record(std::string& out, const Message& message);

// Appends the event, without a line end: origin, the fields that are there, and its data as JSON. What was not decoded
// is written as by append_record.
void append_event(std::string& out, const Message& message);

}  // namespace weir::sinks
