#include "embedded/broker/storage/recovery_point.hpp"

#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

namespace weir::embedded::broker::storage {
namespace {

constexpr std::size_t kPayload = 24;  // end, segment, position

std::string encode(const RecoveryPoint::Value& value) {
  wire::Writer out;
  out.i64(value.end);
  out.i64(value.segment);
  out.i64(static_cast<std::int64_t>(value.position));
  return std::move(out).take();
}

}  // namespace

RecoveryPoint::RecoveryPoint(FileSystem& files, std::filesystem::path path)
    : slots_(files, std::move(path), kPayload) {}

Result<std::optional<RecoveryPoint::Value>> RecoveryPoint::read() {
  const Result<std::optional<std::string>> stored = slots_.read();
  if (!stored) return stored.error();
  if (!*stored) return std::optional<Value>();
  wire::Reader in(**stored);
  Value value;
  value.end = in.i64();
  value.segment = in.i64();
  value.position = static_cast<std::uint64_t>(in.i64());
  return std::optional<Value>(value);
}

Result<void> RecoveryPoint::write(const Value& value) {
  return slots_.write(encode(value));
}

Result<void> RecoveryPoint::write_durably(const Value& value) {
  return slots_.write_durably(encode(value));
}

}  // namespace weir::embedded::broker::storage
