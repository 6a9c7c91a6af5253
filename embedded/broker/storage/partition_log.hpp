// PartitionLog: the records of one partition, as the exact bytes that producers sent.
#pragma once

#include "embedded/broker/storage/file.hpp"
#include "embedded/broker/storage/flusher.hpp"
#include "embedded/broker/wire/error_code.hpp"
#include "embedded/broker/wire/records.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/units.hpp"

#include <functional>
#include <optional>

namespace weir::embedded::broker::storage {

// When an appended batch counts as written. `always` is the only one under which nothing acknowledged can be lost when
// the machine goes down; under all of them a killed process loses nothing.
enum class Fsync {
  always,    // after an fdatasync that began after the write; consumers see nothing earlier
  interval,  // at once; an fdatasync every so often
  never,     // at once; the kernel writes back when it likes
};

struct LogSettings {
  Fsync fsync = Fsync::always;
  std::uint64_t segment_bytes = std::uint64_t{128} << 20;
  Duration segment_age = std::chrono::hours(24 * 7);  // the active segment is closed after that, so that it can expire
  // By the newest timestamp of a segment; none: for ever.
  std::optional<Duration> retention = std::chrono::hours(24 * 7);
  std::optional<std::uint64_t> retention_bytes;  // none: any size
  Duration retention_check{};                    // how often tend() looks for records to delete; zero: every time
  std::uint32_t max_batch_bytes = 1'048'588;     // Kafka's max.message.bytes
  bool append_time = false;  // message.timestamp.type=LogAppendTime: the broker's clock replaces the producer's
};

// Where an accepted batch stands.
struct Appended {
  wire::ErrorCode error = wire::ErrorCode::none;
  std::string message;  // what is wrong, for the producer's log; empty without an error
  Offset base_offset = -1;
  Offset end_offset = -1;            // the one behind its last record: durable when the high watermark reaches it
  std::int64_t append_time_ms = -1;  // only where the broker's clock is used
  bool duplicate = false;            // known from before: nothing was appended (idempotent producer)
};

// A read: whole batches from the one that contains the asked offset.
struct Fetched {
  wire::ErrorCode error = wire::ErrorCode::none;  // offset_out_of_range, kafka_storage_error
  wire::Records records;
};

struct TimestampedOffset {
  Offset offset = -1;
  std::int64_t timestamp = -1;
};

// Appends, reads, retention and recovery of one partition.
//
// Lifetime: open() .. close() or destructor; callbacks that wait when it goes are called with an error.
// Executor: the broker's thread. Cancellation: through the Ticket of a wait. Errors: a failed write or sync ends the
// partition: every later append and read of it answers kafka_storage_error, and it says so in the log, once. A full
// disk refuses appends (kafka_storage_error) but goes on serving reads, and accepts again when there is room.
class PartitionLog {
 public:
  struct Place {
    std::filesystem::path directory;
    std::string topic;  // for messages
    Partition partition = 0;
  };
  struct Opening {
    bool clean = false;             // the broker was stopped in order: files need not be scanned
    bool repair = false;            // cut at damage in the middle instead of refusing to start
    std::int32_t leader_epoch = 0;  // the broker's epoch: what batches are stamped with from now on
  };

  // Recovers what is there. Errc::corrupt for damage below what was known to be durable, naming file and position.
  static Result<std::unique_ptr<PartitionLog>> open(FileSystem& files, Flusher& flusher, const Clock& clock,
                                                    Place place, LogSettings settings, Opening opening);
  virtual ~PartitionLog() = default;

  // Checks one record batch (protocol notes, "Record batch v2": magic, length, CRC, counts, sequence), gives it its
  // offsets and writes it. `batch` must be exactly one batch.
  virtual Appended append(std::string_view batch) = 0;
  // As much whole batches below the high watermark as fit into max_bytes; with `at_least_one`, one whatever its size.
  virtual Fetched read(Offset from, std::uint32_t max_bytes, bool at_least_one) = 0;
  // Bytes readable from `from`, up to `enough`: what a parked fetch asks, without touching a file.
  virtual std::uint64_t available(Offset from, std::uint64_t enough) const = 0;

  virtual Offset log_start() const = 0;
  virtual Offset high_watermark() const = 0;  // in mode always the synced end, else the end
  virtual Offset end() const = 0;
  virtual std::int32_t leader_epoch() const = 0;
  virtual bool failed() const = 0;
  virtual std::uint64_t size_bytes() const = 0;

  // Calls `done` when the high watermark has reached `end` (perhaps now), or with the error that prevents it.
  using Durable = std::function<void(wire::ErrorCode)>;
  virtual void when_durable(Offset end, Durable done) = 0;
  // Calls `changed` every time the high watermark moved, the log start moved, or the log failed or was removed; until
  // the ticket goes.
  using Ticket = std::shared_ptr<void>;
  virtual Ticket watch(std::function<void()> changed) = 0;

  // The first record whose timestamp is at least `timestamp`; nothing when there is none.
  virtual std::optional<TimestampedOffset> find_timestamp(std::int64_t timestamp) = 0;
  // The newest timestamp of all, with the first record that has it; nothing in an empty log.
  virtual std::optional<TimestampedOffset> newest_timestamp() = 0;
  // KIP-101: the largest epoch not above the asked one, and where it ended; {-1, -1} when that is not known.
  struct EpochEnd {
    std::int32_t epoch = -1;
    Offset end = -1;
  };
  virtual EpochEnd end_of_epoch(std::int32_t epoch) const = 0;

  // DeleteRecords: nothing below `offset` (-1: the high watermark) is
  // served any more. Answers the new log start, or offset_out_of_range.
  struct Deleted {
    wire::ErrorCode error = wire::ErrorCode::none;
    Offset log_start = -1;
  };
  virtual Deleted delete_before(Offset offset) = 0;

  virtual void set_settings(LogSettings settings) = 0;
  // Housekeeping, called every few seconds: retention, closing an old segment, idle producers.
  virtual void tend() = 0;
  // Asks for a sync of what is written and not durable; called every so often in mode interval.
  virtual void sync() = 0;
  // In order: everything synced, index and producer states stored, so that the next start need not scan.
  virtual Result<void> close() = 0;
  // The topic is being deleted: waiters are told (unknown_topic_or_partition); files go away with the directory.
  virtual void abandon() = 0;
};

}  // namespace weir::embedded::broker::storage
