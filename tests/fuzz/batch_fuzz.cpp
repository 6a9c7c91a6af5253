// Any bytes as a record batch of a producer: refused with a reason, or stored as a batch that recovery takes for whole.
//
// The first byte says what is put right before, so that the checks behind the checksum are reached: 1 = the length,
// 2 = the checksum.
#include "embedded/broker/storage/record_batch.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace weir::embedded::broker::storage;

void put_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (24 - 8 * i));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLengthAt = 8;
  constexpr std::size_t kCrcAt = 17;
  if (size < 1) return 0;
  std::string batch(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (batch.size() >= kBatchHeaderSize) {
    if ((data[0] & 1) != 0) put_u32(batch, kLengthAt, static_cast<std::uint32_t>(batch.size() - 12));
    if ((data[0] & 2) != 0) put_u32(batch, kCrcAt, batch_crc(batch));
  }
  const BatchVerdict verdict = check_produced(batch, BatchLimits());
  if (verdict.error != weir::embedded::broker::wire::ErrorCode::none) {
    if (verdict.message.empty()) std::abort();
    return 0;
  }
  if (verdict.header.size != batch.size() || verdict.header.count <= 0) std::abort();
  for (const bool append_time : {false, true}) {
    StampedBatch stamped(batch, verdict.header);
    stamped.set_position(4711, 5);
    if (append_time) stamped.set_append_time(1'700'000'000'000);
    std::string stored;
    for (const std::string_view part : stamped.parts()) stored.append(part);
    const std::optional<BatchHeader> header = parse_batch_header(stored);
    if (!header || stored.size() != batch.size() || header->leader_epoch != 5) std::abort();
    if (find_header_fault(*header, 4711) != nullptr || header->crc != batch_crc(stored)) std::abort();
    if (stored.substr(kBatchHeaderSize) != batch.substr(kBatchHeaderSize)) std::abort();
  }
  return 0;
}
