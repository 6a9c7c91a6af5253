// Encoding: from a message to the event that is stored. Owned copies, since a message's memory may go while its event
// is under way.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/message.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weir::sinks::eventstoredb {

enum class EncodeMode {
  event,        // the event's own data; a message without event type is a data error
  dead_letter,  // the record's payload byte for byte and its headers; "DeadLetter" stands in for a type no store takes
};

// What becomes of an event whose type begins with '$'.
enum class SystemTypes { refuse, allow };

// The events of one request, with the memory they point to.
//
// Lifetime, Executor, Cancellation: a plain value; movable, the views stay valid.
class EncodedRun {
 public:
  std::span<const connectors::eventstoredb::NewEvent> events() const { return events_; }

 private:
  friend EncodedRun encode(std::span<const Message* const> messages, EncodeMode mode);
  std::unique_ptr<const std::string> memory_;  // its address outlives a move
  std::vector<connectors::eventstoredb::NewEvent> events_;
};

// What refuses the message before anything is sent, or nothing. Error: data.
Result<void> check_encodable(const Message& message, EncodeMode mode, SystemTypes system_types = SystemTypes::refuse);
// About how many bytes the message's event will have; never less than data and type.
std::size_t estimated_size(const Message& message, EncodeMode mode);
// All messages must have passed check_encodable().
EncodedRun encode(std::span<const Message* const> messages, EncodeMode mode);

// The event's own id, or one made of the record's origin: the same record gives the same id for ever, a recreated topic
// another one. A dead letter always has the latter, for several may be about one event id.
Uuid event_id(const Message& message, EncodeMode mode = EncodeMode::event);
// Appends the metadata, a JSON object: $correlationId, $causationId and the same without `$`, occurredOn,
// aggregateId, aggregateType, aggregateVersion, originalEventId, originalOccurredOn, schemaId, origin, the envelope's
// unknown members, and for dead letters the record's key and headers (base64 where they are no text).
void append_metadata(std::string& out, const Message& message, EncodeMode mode);

}  // namespace weir::sinks::eventstoredb
