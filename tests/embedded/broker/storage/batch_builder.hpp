// BatchBuilder: record batches as producers send them, and as they should not.
#pragma once

#include "embedded/broker/storage/crc32c.hpp"
#include "embedded/broker/storage/record_batch.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::embedded::broker::storage {

// Call by call, then build(). Every field can be set to nonsense; the checksum is right unless spoil_crc() says not.
//
// Lifetime, Executor, Cancellation, Errors: none.
class BatchBuilder {
 public:
  // One record without key and headers.
  BatchBuilder& record(std::string_view value) { return record_with_key({}, value, false); }
  // The same, so much later than the batch's base timestamp.
  BatchBuilder& record_at(std::int64_t later_ms, std::string_view value) {
    return record_with_key({}, value, false, later_ms);
  }
  BatchBuilder& record_with_key(std::string_view key, std::string_view value, bool has_key = true,
                                std::int64_t later_ms = 0) {
    std::string body(1, '\0');  // attributes
    varint(body, later_ms);     // timestamp delta
    varint(body, records_);     // offset delta
    varint(body, has_key ? static_cast<std::int64_t>(key.size()) : -1);
    if (has_key) body.append(key);
    varint(body, static_cast<std::int64_t>(value.size()));
    body.append(value);
    varint(body, 0);  // headers
    varint(payload_, static_cast<std::int64_t>(body.size()));
    payload_ += body;
    ++records_;
    return *this;
  }
  BatchBuilder& records(int count, std::string_view value = "value") {
    for (int i = 0; i < count; ++i) record(value);
    return *this;
  }
  BatchBuilder& producer(std::int64_t id, std::int16_t epoch, std::int32_t sequence) {
    producer_id_ = id;
    producer_epoch_ = epoch;
    sequence_ = sequence;
    return *this;
  }
  BatchBuilder& timestamp(std::int64_t ms) { return timestamps(ms, ms); }
  BatchBuilder& timestamps(std::int64_t base_ms, std::int64_t max_ms) {
    base_timestamp_ = base_ms;
    max_timestamp_ = max_ms;
    return *this;
  }
  BatchBuilder& attributes(std::int16_t bits) { return attributes_ = bits, *this; }
  BatchBuilder& magic(std::int8_t number) { return magic_ = number, *this; }
  BatchBuilder& base_offset(std::int64_t offset) { return base_offset_ = offset, *this; }
  BatchBuilder& leader_epoch(std::int32_t epoch) { return leader_epoch_ = epoch, *this; }
  // Says that there are so many records, whatever there are.
  BatchBuilder& count(std::int32_t count) { return count_ = count, *this; }
  BatchBuilder& last_offset_delta(std::int32_t delta) { return delta_ = delta, *this; }
  BatchBuilder& raw_payload(std::string_view bytes) { return payload_ = bytes, *this; }
  BatchBuilder& spoil_crc() { return spoiled_ = true, *this; }

  // The records so far, as they stand in a batch that is not compressed.
  const std::string& payload() const { return payload_; }

  std::string build() const {
    const std::int32_t count = count_ == kUnset ? static_cast<std::int32_t>(records_) : count_;
    std::string covered;
    big_endian(covered, attributes_);
    big_endian(covered, delta_ == kUnset ? count - 1 : delta_);
    big_endian(covered, base_timestamp_);
    big_endian(covered, max_timestamp_);
    big_endian(covered, producer_id_);
    big_endian(covered, producer_epoch_);
    big_endian(covered, sequence_);
    big_endian(covered, count);
    covered += payload_;
    std::string batch;
    big_endian(batch, base_offset_);
    big_endian(batch, static_cast<std::int32_t>(covered.size() + 9));
    big_endian(batch, leader_epoch_);
    big_endian(batch, magic_);
    big_endian(batch, crc32c(covered) ^ (spoiled_ ? 1U : 0U));
    return batch + covered;
  }

 private:
  static constexpr std::int32_t kUnset = -1'000'000'000;

  template <class T>
  static void big_endian(std::string& out, T value) {
    for (std::size_t i = sizeof(T); i-- > 0;)
      out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
  static void varint(std::string& out, std::int64_t value) {
    auto zigzag = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    for (; zigzag >= 0x80; zigzag >>= 7) out.push_back(static_cast<char>(zigzag | 0x80));
    out.push_back(static_cast<char>(zigzag));
  }

  std::string payload_;
  std::int64_t records_ = 0;
  std::int64_t base_offset_ = 0;
  std::int32_t leader_epoch_ = -1;
  std::int8_t magic_ = 2;
  std::int16_t attributes_ = 0;
  std::int32_t delta_ = kUnset;
  std::int64_t base_timestamp_ = 1'767'225'600'000;
  std::int64_t max_timestamp_ = 1'767'225'600'000;
  std::int64_t producer_id_ = -1;
  std::int16_t producer_epoch_ = -1;
  std::int32_t sequence_ = -1;
  std::int32_t count_ = kUnset;
  bool spoiled_ = false;
};

}  // namespace weir::embedded::broker::storage
