#include "embedded/broker/storage/record_times.hpp"

#include "embedded/broker/storage/expand.hpp"

#include <algorithm>

namespace weir::embedded::broker::storage {
namespace {

constexpr std::size_t kMostExpanded = std::size_t{64} << 20;  // of one batch, on the thread that serves everybody

// Kafka's signed varint: zigzag, seven bits a byte. Nothing: cut off, or longer than a long.
std::optional<std::int64_t> take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  return std::nullopt;
}

RecordAtTime search(const BatchHeader& header, std::string_view records, std::int64_t timestamp, Offset from) {
  RecordAtTime unreadable;
  unreadable.readable = false;
  for (std::int32_t i = 0; i < header.count; ++i) {
    const std::optional<std::int64_t> length = take_varint(records);
    if (!length || *length < 1 || static_cast<std::uint64_t>(*length) > records.size()) return unreadable;
    std::string_view record = records.substr(1, static_cast<std::size_t>(*length) - 1);  // behind the attributes
    records.remove_prefix(static_cast<std::size_t>(*length));
    const std::optional<std::int64_t> later = take_varint(record);
    const std::optional<std::int64_t> behind = take_varint(record);
    if (!later || !behind || *behind < 0 || *behind > header.last_offset_delta) return unreadable;
    // Unsigned: a producer may write any two numbers.
    const auto at = static_cast<std::int64_t>(static_cast<std::uint64_t>(header.base_timestamp) +
                                              static_cast<std::uint64_t>(*later));
    const Offset offset = header.base_offset + *behind;
    if (offset >= from && at >= timestamp) return {true, TimestampedOffset{offset, at}};
  }
  return {};
}

}  // namespace

RecordAtTime find_record(const BatchHeader& header, std::string_view batch, std::int64_t timestamp, Offset from) {
  if ((header.attributes & kAppendTimeBit) != 0) {
    // The broker's clock: one time for all of them.
    if (header.max_timestamp < timestamp || header.end_offset() <= from) return {};
    return {true, TimestampedOffset{std::max(from, header.base_offset), header.max_timestamp}};
  }
  const std::string_view records = batch.substr(kBatchHeaderSize);
  const auto codec = static_cast<Codec>(header.attributes & kCodecMask);
  if (codec == Codec::none) return search(header, records, timestamp, from);
  const std::optional<std::string> expanded = expand(codec, records, kMostExpanded);
  if (!expanded) {
    RecordAtTime unreadable;
    unreadable.readable = false;
    return unreadable;
  }
  return search(header, *expanded, timestamp, from);
}

}  // namespace weir::embedded::broker::storage
