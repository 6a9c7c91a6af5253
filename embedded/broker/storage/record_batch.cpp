#include "embedded/broker/storage/record_batch.hpp"

#include "embedded/broker/storage/crc32c.hpp"

#include <cstring>
#include <limits>
#include <utility>

namespace weir::embedded::broker::storage {
namespace {

using wire::ErrorCode;

// Where the fields stand.
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kLeaderEpochAt = 12;
constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;  // the checksum covers everything from here
constexpr std::size_t kMaxTimestampAt = 35;

constexpr std::int16_t kMostCodec = 4;  // zstd
constexpr std::int16_t kTransactionalBit = 0x10;
constexpr std::int16_t kControlBit = 0x20;
// The smallest record: seven fields of one byte each.
constexpr std::uint64_t kLeastRecord = 7;

template <class T>
T load(const char* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = (value << 8) | static_cast<unsigned char>(from[i]);
  return static_cast<T>(value);
}

template <class T>
void store(char* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    to[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * (sizeof(T) - 1 - i)));
  }
}

BatchVerdict refuse(ErrorCode error, std::string message) {
  BatchVerdict verdict;
  verdict.error = error;
  verdict.message = std::move(message);
  return verdict;
}

// The fields that the checksum protects.
BatchVerdict check_fields(const BatchHeader& header) {
  if ((header.attributes & kCodecMask) > kMostCodec) {
    return refuse(ErrorCode::unsupported_compression_type,
                  "compression codec " + std::to_string(header.attributes & kCodecMask) + " is not known");
  }
  if (header.attributes & kControlBit)
    return refuse(ErrorCode::invalid_record, "clients may not write control batches");
  if (header.attributes & kTransactionalBit) {
    return refuse(ErrorCode::transactional_id_authorization_failed, "this broker has no transactions");
  }
  if (header.attributes & kAppendTimeBit) {
    return refuse(ErrorCode::invalid_record, "a producer may not set the timestamp type to LogAppendTime");
  }
  if (header.count < 1 || header.last_offset_delta != header.count - 1) {
    return refuse(ErrorCode::invalid_record, "the batch says it has " + std::to_string(header.count) +
                                                 " records and a last offset delta of " +
                                                 std::to_string(header.last_offset_delta));
  }
  const std::uint64_t payload = header.size - kBatchHeaderSize;
  const bool compressed = (header.attributes & kCodecMask) != 0;
  if (payload < (compressed ? 1 : static_cast<std::uint64_t>(header.count) * kLeastRecord)) {
    return refuse(ErrorCode::invalid_record,
                  "the batch is too short for its " + std::to_string(header.count) + " records");
  }
  if (header.has_producer() && (header.base_sequence < 0 || header.producer_epoch < 0)) {
    return refuse(ErrorCode::invalid_record, "the batch has a producer id but no sequence number or producer epoch");
  }
  BatchVerdict verdict;
  verdict.header = header;
  return verdict;
}

}  // namespace

std::int32_t BatchHeader::last_sequence() const {
  return static_cast<std::int32_t>((static_cast<std::int64_t>(base_sequence) + last_offset_delta) & 0x7fffffff);
}

std::optional<BatchHeader> parse_batch_header(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderSize) return std::nullopt;
  const char* p = bytes.data();
  const auto length = load<std::int32_t>(p + kLengthAt);
  if (length < static_cast<std::int32_t>(kBatchHeaderSize - 12)) return std::nullopt;
  BatchHeader header;
  header.base_offset = load<std::int64_t>(p);
  header.size = static_cast<std::uint32_t>(length) + 12;
  header.leader_epoch = load<std::int32_t>(p + kLeaderEpochAt);
  header.magic = load<std::int8_t>(p + kMagicAt);
  header.crc = load<std::uint32_t>(p + kCrcAt);
  header.attributes = load<std::int16_t>(p + kAttributesAt);
  header.last_offset_delta = load<std::int32_t>(p + 23);
  header.base_timestamp = load<std::int64_t>(p + 27);
  header.max_timestamp = load<std::int64_t>(p + kMaxTimestampAt);
  header.producer_id = load<std::int64_t>(p + 43);
  header.producer_epoch = load<std::int16_t>(p + 51);
  header.base_sequence = load<std::int32_t>(p + 53);
  header.count = load<std::int32_t>(p + 57);
  return header;
}

std::uint32_t batch_crc(std::string_view batch) {
  return crc32c(batch.substr(kAttributesAt));
}

const char* find_header_fault(const BatchHeader& header, Offset expected) {
  if (header.magic != 2) return "the format number is not 2";
  if (header.base_offset != expected) return "the offset does not follow the one before";
  if (header.count < 1 || header.last_offset_delta != header.count - 1) return "the record count is wrong";
  if (header.leader_epoch < 0) return "the leader epoch is negative";
  return nullptr;
}

BatchVerdict check_produced(std::string_view batch, const BatchLimits& limits) {
  if (batch.empty()) return refuse(ErrorCode::invalid_record, "the request holds no record batch for this partition");
  if (batch.size() > kMagicAt && batch[kMagicAt] != 2) {
    return refuse(ErrorCode::invalid_record, "record format " + std::to_string(static_cast<int>(batch[kMagicAt])) +
                                                 " is not supported: only format 2 is (Kafka 0.11 and later)");
  }
  const std::optional<BatchHeader> header = parse_batch_header(batch);
  if (!header || header->size > batch.size()) {
    return refuse(ErrorCode::corrupt_message, "the record batch is cut off or its length is wrong");
  }
  if (header->size < batch.size()) {
    return refuse(ErrorCode::invalid_record, "there is more than one record batch for this partition");
  }
  if (header->size > limits.batch_bytes) {
    return refuse(ErrorCode::message_too_large, "the batch has " + std::to_string(header->size) +
                                                    " bytes; max.message.bytes of this topic is " +
                                                    std::to_string(limits.batch_bytes));
  }
  if (header->size > limits.segment_bytes) {
    return refuse(ErrorCode::record_list_too_large, "the batch has " + std::to_string(header->size) +
                                                        " bytes; segment.bytes of this topic is " +
                                                        std::to_string(limits.segment_bytes));
  }
  if (batch_crc(batch) != header->crc) {
    return refuse(ErrorCode::corrupt_message, "the checksum of the record batch is wrong");
  }
  return check_fields(*header);
}

StampedBatch::StampedBatch(std::string_view batch, const BatchHeader& header) : batch_(batch), header_(header) {
  std::memcpy(bytes_.data(), batch.data(), kBatchHeaderSize);
}

void StampedBatch::set_position(Offset base_offset, std::int32_t leader_epoch) {
  header_.base_offset = base_offset;
  header_.leader_epoch = leader_epoch;
  store(bytes_.data(), base_offset);
  store(bytes_.data() + kLeaderEpochAt, leader_epoch);
}

void StampedBatch::set_append_time(std::int64_t now_ms) {
  header_.attributes = static_cast<std::int16_t>(header_.attributes | kAppendTimeBit);
  header_.max_timestamp = now_ms;
  store(bytes_.data() + kAttributesAt, header_.attributes);
  store(bytes_.data() + kMaxTimestampAt, now_ms);
  const std::string_view covered(bytes_.data() + kAttributesAt, kBatchHeaderSize - kAttributesAt);
  header_.crc = crc32c(batch_.substr(kBatchHeaderSize), crc32c(covered));
  store(bytes_.data() + kCrcAt, header_.crc);
}

std::array<std::string_view, 2> StampedBatch::parts() const {
  return {std::string_view(bytes_.data(), bytes_.size()), batch_.substr(kBatchHeaderSize)};
}

}  // namespace weir::embedded::broker::storage
