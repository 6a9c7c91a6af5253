// Any bytes as the files of a partition: refused as damaged, or opened, and then readable from end to end, writable,
// and the same after the next start.
//
// The first byte: 1 = an orderly stop is claimed, 2 = repair, 4 = the checksums of the segment's batches are put right
// before; the second which other file there is, the third its size. Its bytes follow, then those of the segment.
#include "embedded/broker/storage/partition_log.hpp"
#include "pipeline/testing/manual_clock.hpp"
#include "tests/embedded/broker/storage/batch_builder.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <source_location>

namespace {

using namespace weir::embedded::broker::storage;
using weir::embedded::broker::wire::ErrorCode;

const std::filesystem::path kDirectory = "/data/orders/0";

void check(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: what must hold does not\n", where.file_name(), where.line());
  std::abort();
}

void put_checksums_right(std::string& segment) {
  std::size_t at = 0;
  while (const auto header = parse_batch_header(std::string_view(segment).substr(at))) {
    if (header->size > segment.size() - at || header->size < kBatchHeaderSize) return;
    const std::uint32_t crc = batch_crc(std::string_view(segment).substr(at, header->size));
    for (std::size_t i = 0; i < 4; ++i) segment[at + 17 + i] = static_cast<char>(crc >> (24 - 8 * i));
    at += header->size;
  }
}

class Partition {
 public:
  weir::Result<void> open(bool clean, bool repair) {
    auto opened = PartitionLog::open(disk, flusher_, clock_, {kDirectory, "orders", 0}, {}, {clean, repair, 0});
    if (!opened) return opened.error();
    log = std::move(*opened);
    return {};
  }
  void kill() {
    disk.kill();
    log.reset();
    flusher_.forget();
    disk.restart();
  }
  void append() {
    const std::string batch = BatchBuilder().record("fuzz").build();
    const Appended appended = log->append(batch);
    check(appended.error == ErrorCode::none);
    flusher_.run_until_idle();
    check(log->high_watermark() == appended.end_offset);
  }
  void read_all() {
    for (weir::Offset at = log->log_start(); at < log->high_watermark();) {
      const Fetched fetched = log->read(at, 1 << 20, true);
      check(fetched.error == ErrorCode::none && fetched.records.size() > 0);
      std::string bytes = fetched.records.bytes;
      for (const auto& slice : fetched.records.slices) {
        const std::size_t begin = bytes.size();
        bytes.resize(begin + slice.size);
        check(slice.file->read_at(slice.position, {bytes.data() + begin, slice.size}).has_value());
      }
      for (std::string_view rest = bytes; !rest.empty();) {
        const auto header = parse_batch_header(rest);
        check(header && header->size <= rest.size() && header->end_offset() > at);
        at = header->end_offset();
        rest.remove_prefix(header->size);
      }
    }
  }

  FaultFileSystem disk;
  std::unique_ptr<PartitionLog> log;

 private:
  ManualFlusher flusher_;
  boost::asio::io_context io_;
  weir::testing::ManualClock clock_{io_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  constexpr std::string_view kOthers[] = {"00000000000000000000.idx", "recovery-point", "log-start",
                                          "00000000000000000000.snap", "00000000000000000001.log"};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::string_view other = bytes.substr(0, data[2]);
  std::string segment(bytes.substr(other.size()));
  if ((data[0] & 4) != 0) put_checksums_right(segment);

  Partition partition;
  partition.disk.put(kDirectory / "00000000000000000000.log", segment);
  if (!other.empty()) partition.disk.put(kDirectory / kOthers[data[1] % std::size(kOthers)], other);
  const weir::Result<void> opened = partition.open((data[0] & 1) != 0, (data[0] & 2) != 0);
  if (!opened) {
    if (opened.error().code() != weir::Errc::corrupt) std::fprintf(stderr, "%s\n", opened.error().message().c_str());
    check(opened.error().code() == weir::Errc::corrupt || opened.error().code() == weir::Errc::unsupported);
    return 0;
  }
  partition.read_all();
  partition.append();
  const weir::Offset end = partition.log->end();
  partition.kill();
  check(partition.open(false, false).has_value());
  check(partition.log->end() == end);
  partition.read_all();
  return 0;
}
