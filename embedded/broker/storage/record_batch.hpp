// Record batches, format 2: what the broker reads of them, and the checks that a producer's batch must pass.
#pragma once

#include "embedded/broker/wire/error_code.hpp"
#include "pipeline/base/units.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::embedded::broker::storage {

inline constexpr std::size_t kBatchHeaderSize = 61;
// Base offset, length and leader epoch stand outside the checksum: the broker's own fields.
inline constexpr std::size_t kBatchStampSize = 16;
inline constexpr std::int64_t kNoProducer = -1;
// Of a batch's attributes: the codec's number, and whether the broker's clock gave the timestamps.
inline constexpr std::int16_t kCodecMask = 0x07;
inline constexpr std::int16_t kAppendTimeBit = 0x08;

// The header of one batch, decoded. What follows it (the records, perhaps compressed) stays opaque.
struct BatchHeader {
  Offset base_offset = 0;
  std::uint32_t size = 0;  // of the whole batch, all fields included
  std::int32_t leader_epoch = 0;
  std::int8_t magic = 0;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  std::int64_t base_timestamp = -1;
  std::int64_t max_timestamp = -1;
  std::int64_t producer_id = kNoProducer;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t count = 0;

  Offset end_offset() const { return base_offset + last_offset_delta + 1; }
  bool has_producer() const { return producer_id > kNoProducer; }
  // Sequences count records and wrap from 2147483647 to 0.
  std::int32_t last_sequence() const;
};

// Decodes the first bytes; nothing when they are too few or name an impossible length. Checks nothing else.
std::optional<BatchHeader> parse_batch_header(std::string_view bytes);

// The checksum that the batch should carry. `batch`: all of it.
std::uint32_t batch_crc(std::string_view batch);

// What is wrong with a stored batch's header; nullptr when nothing is. The checksum is the caller's business.
const char* find_header_fault(const BatchHeader& header, Offset expected);

struct BatchLimits {
  std::uint64_t batch_bytes = 1'048'588;
  std::uint64_t segment_bytes = std::uint64_t{128} << 20;
};

struct BatchVerdict {
  wire::ErrorCode error = wire::ErrorCode::none;
  std::string message;
  BatchHeader header;  // valid without an error
};
// Checks what a producer sent for one partition; every code as Kafka gives it.
BatchVerdict check_produced(std::string_view batch, const BatchLimits& limits);

// A batch on its way to disk: a header of its own in front of the producer's bytes, which are not copied.
class StampedBatch {
 public:
  // `batch` and `header` as checked; both outlive this.
  StampedBatch(std::string_view batch, const BatchHeader& header);

  void set_position(Offset base_offset, std::int32_t leader_epoch);
  // LogAppendTime: the broker's clock in the place of the producer's; costs a second checksum.
  void set_append_time(std::int64_t now_ms);

  const BatchHeader& header() const { return header_; }
  // Views of this object: valid until it is changed or goes.
  std::array<std::string_view, 2> parts() const;

 private:
  std::string_view batch_;
  BatchHeader header_;
  std::array<char, kBatchHeaderSize> bytes_;
};

}  // namespace weir::embedded::broker::storage
