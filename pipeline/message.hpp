// The message: one record travelling, and what weir knows of it.
#pragma once

#include "pipeline/ack.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/base/uuid.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

// Who set a record's time: the producer, or the broker when it stored the record.
enum class TimestampKind : std::uint8_t { create, log_append };

// As Kafka's own tools call it.
constexpr std::string_view name_of(TimestampKind kind) {
  return kind == TimestampKind::create ? "CreateTime" : "LogAppendTime";
}

// Where a record came from: its identity for ever.
struct Origin {
  std::string_view cluster;  // Kafka's cluster id; empty when the source has none
  std::string_view topic;
  Partition partition = 0;
  Offset offset = 0;
  std::int64_t timestamp_ms = -1;  // Kafka's record timestamp, milliseconds since 1970; -1 = none
  TimestampKind timestamp_kind = TimestampKind::create;
};

// A record header. Names may repeat. A value whose data() is null is Kafka's null.
struct Header {
  std::string_view name;
  std::string_view value;
};

// What `decode` found. All views point into the payload, the headers or the batch's arena. An empty view = absent.
struct DomainEvent {
  std::optional<Uuid> id;
  std::string_view type;
  std::string_view aggregate_id;
  std::string_view aggregate_type;
  std::optional<std::int64_t> aggregate_version;
  std::string_view occurred_on;  // RFC 3339, checked
  std::string_view correlation_id;
  std::string_view causation_id;
  std::string_view data;  // raw JSON of the event's own data, byte for byte
  // Raw `"name":value` members of the envelope that weir does not know, comma-separated, byte for byte.
  std::string_view extra;
  // As they were written, where the id is no UUID and `id` was made of it, and where `occurred_on` is not the text that
  // came.
  std::string_view original_id;
  std::string_view original_occurred_on;
  std::optional<std::uint32_t> schema_id;  // a schema registry's, from the framing
  bool decoded = false;
};

// A message's error: it cannot be processed, whatever is tried
// (data), or was given up. It goes to the dead-letter queue.
struct Failure {
  Error error;
  std::string component;  // the stage or sink that gave up, by its YAML name
  std::uint32_t attempts = 1;
  WallTime first_failed_at{};
  WallTime last_failed_at{};
};

// The sink a message is bound for: its place in the pipeline's list of sinks.
using SinkIndex = std::uint16_t;
inline constexpr SinkIndex kNoSink = 0xffff;

// One record travelling. Move-only, as its Ack is.
//
// Lifetime: lives in a Batch, which keeps all that its views
// point to alive. The original bytes stay until it is settled.
// Executor: the lane's.
struct Message {
  std::string_view payload;  // data() == nullptr: a tombstone (Kafka's null value)
  std::string_view key;      // data() == nullptr: no key
  std::span<const Header> headers;
  Origin origin;
  std::uint64_t sequence = 0;  // the lane's own count of messages read; a retry keeps it. Sinks order by it.
  DomainEvent event;
  SinkIndex sink = kNoSink;
  Ack ack;

  // Marks made by StageContext; the runner strips marked messages after each stage.
  std::string_view drop_reason;      // non-empty: dropped. Points to storage of the stage.
  std::unique_ptr<Failure> failure;  // set: failed

  bool is_tombstone() const { return payload.data() == nullptr; }
  bool is_live() const { return drop_reason.empty() && failure == nullptr; }
  // The last header of that name (Kafka's rule for duplicates), or nothing. Exact, case-sensitive.
  std::optional<std::string_view> header(std::string_view name) const {
    for (std::size_t i = headers.size(); i-- > 0;) {
      if (headers[i].name == name) return headers[i].value;
    }
    return std::nullopt;
  }
};

}  // namespace weir
