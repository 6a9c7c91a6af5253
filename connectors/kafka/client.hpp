// The two Kafka clients as weir sees them. Everything above these interfaces is free of I/O; below them stand
// librdkafka (client_librdkafka.hpp) and FakeKafka (fake.hpp).
#pragma once

#include "connectors/kafka/offset_range.hpp"
#include "connectors/kafka/settings.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/message.hpp"
#include "pipeline/partition_ledger.hpp"
#include "pipeline/source.hpp"

#include <functional>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::connectors::kafka {

inline constexpr Offset kUnknownOffset = -1;
inline constexpr Offset kFromBeginning = -2;
inline constexpr Partition kAnyPartition = -1;

// A partition and where to begin; kFromBeginning: the first one that the broker has.
struct PartitionStart {
  TopicPartition id;
  Offset offset = kFromBeginning;
};

// The group gave us these partitions: answer with assign(). May be empty.
struct Assigned {
  std::vector<TopicPartition> partitions;
};
// The group takes these partitions: finish with them, then answer
// with unassign(). `lost`: they are someone else's already.
struct Revoked {
  std::vector<TopicPartition> partitions;
  bool lost = false;
};
// Something went wrong. `fatal`: this client will never work again; restart() makes a new one.
struct ClientTrouble {
  Error error;
  bool fatal = false;
};
// A partition's log is not what it seemed. The source hands out nothing more of it until it has been looked into.
struct Suspect {
  enum class Why {
    out_of_range,   // the broker does not have the offset that was asked for
    beyond_end,     // a record says that it stands at or above the end of its log
    damaged,        // a record is not what was written
    went_back,      // a record's offset is below what was read already
    topic_is_gone,  // the broker does not know a topic that is assigned here; which one, stands in `text`
  };
  Why why = Why::out_of_range;
  TopicPartition id;
  Offset offset = kUnknownOffset;    // of the record
  Offset position = kUnknownOffset;  // what had been read
  std::string text;                  // what the client said
};
// Whether a member comes back soon.
enum class Leaving { for_a_restart, for_good };
// The source's own: it is time to look whether the topics that were missing are there.
struct LookForTopics {};
using ControlEvent = std::variant<Assigned, Revoked, ClientTrouble, Suspect, LookForTopics>;

// A record as it was fetched. Views live as long as the owner in the Drained that brought it.
struct RawRecord {
  std::string_view payload;  // data() == nullptr: null
  std::string_view key;      // data() == nullptr: null
  std::span<const Header> headers;
  std::string_view topic;  // the same data() for the same topic, as long as the client lives
  Partition partition = 0;
  Offset offset = 0;
  std::int64_t timestamp_ms = -1;
  TimestampKind timestamp_kind = TimestampKind::create;
  Offset log_end = kUnknownOffset;  // of its partition when it was fetched, or later
};

// A partition has been read to its end; every record before it was drained earlier or stands in the same Drained.
struct EndMark {
  std::string_view topic;
  Partition partition = 0;
  std::size_t before = 0;          // records of this Drained that precede the mark
  Offset offset = kUnknownOffset;  // where that end is: above control records and what compaction took away
};

// The client cannot go on in this partition, or should not.
struct Obstacle {
  std::size_t before = 0;  // as in EndMark
  Suspect suspect;
};

// What one drain() brought. Reused between calls: clear() keeps the capacity.
struct Drained {
  std::vector<RawRecord> records;
  std::vector<EndMark> ends;
  std::vector<Obstacle> obstacles;
  std::vector<ClientTrouble> troubles;  // errors of single partitions
  std::shared_ptr<const void> owner;    // keeps all views alive
  std::size_t bytes = 0;                // what the records hold in memory
  void clear() {
    records.clear();
    ends.clear();
    obstacles.clear();
    troubles.clear();
    owner.reset();
    bytes = 0;
  }
  bool empty() const { return records.empty() && ends.empty() && obstacles.empty() && troubles.empty(); }
};

// One member of a consumer group, its partitions spread over lanes (lane = partition number modulo lanes).
//
// Lifetime: open() .. close(); destroyed after close(). Drained owners may outlive it.
// Executor: drain(lane, …) and wait_readable(lane) on that lane's executor; wake(lane) from any thread; all else on the
// control executor. Cancellation: terminal. A cancelled commit has an unknown outcome; a cancelled wait loses nothing.
// Errors: a broker that is away is retried inside for ever and shows as ClientTrouble.
class ConsumerClient {
 public:
  virtual ~ConsumerClient() = default;
  // Called once: joins the group in the background. An error means that the settings are refused.
  virtual Result<void> open(const Source::Lanes& lanes) = 0;
  // The next thing the group or the client has to say. One outstanding call.
  virtual Task<ControlEvent> next_event() = 0;
  // Makes next_event() return this after what is waiting already: the source found it itself.
  virtual void raise(ControlEvent event) = 0;
  // Three questions to the broker, each answered within a bound; the answers are in the order of `partitions`.
  // Where the group stands: the committed offset, or kUnknownOffset.
  virtual Task<Result<std::vector<Offset>>> committed(std::vector<TopicPartition> partitions) = 0;
  // What the logs hold. What cannot be learned of one partition leaves the others known.
  virtual Task<Result<std::vector<OffsetRange>>> ranges(std::vector<TopicPartition> partitions) = 0;
  // Where the logs end, as far as that is known, in the order of `partitions`; kUnknownOffset: not yet. Does not wait:
  // what is old is asked for in the background.
  virtual std::vector<Offset> log_ends(const std::vector<TopicPartition>& partitions) {
    return std::vector<Offset>(partitions.size(), kUnknownOffset);
  }
  // All partitions that there are now of what is subscribed to, whoever has them.
  virtual Task<Result<std::vector<TopicPartition>>> subscribed() = 0;
  // The answer to Assigned: begins to fetch exactly these. Their records are drained from their lanes from now on.
  virtual Task<Result<void>> assign(std::vector<PartitionStart> partitions) = 0;
  // The answer to Revoked. When it has returned, drain() brings nothing of the old assignment any more.
  virtual Task<Result<void>> unassign() = 0;
  // Commits; done when the broker has answered. One outstanding call.
  virtual Task<Result<void>> commit(std::vector<Commit> offsets) = 0;
  // What is waiting in the lane, at most `max` items. Never blocks. Header lists are made in `memory`.
  virtual void drain(LaneIndex lane, std::size_t max, std::pmr::memory_resource& memory, Drained& out) = 0;
  // Returns when drain() found nothing and something may have
  // come since, or after wake(). Spurious returns are allowed.
  virtual Task<void> wait_readable(LaneIndex lane) = 0;
  virtual void wake(LaneIndex lane) = 0;
  // After a fatal trouble: leaves and joins anew. What was assigned is
  // gone; a commit under way fails. No next_event() is outstanding.
  virtual Task<Result<void>> restart() = 0;
  // The cluster's id, nullptr as long as it is not known. Any thread.
  virtual std::shared_ptr<const std::string> cluster_id() const = 0;
  // Leaves the group; a static member (instance_id) only when `for_good` is said, otherwise its partitions wait for it
  // until its session ends. No other call is outstanding. Idempotent.
  virtual Task<void> close(Leaving leaving) = 0;
};

// A record to be written. The client copies what it needs before produce() returns.
struct OutRecord {
  std::string_view topic;
  std::string_view payload;  // data() == nullptr: null
  std::string_view key;      // data() == nullptr: null
  std::span<const Header> headers;
  std::int64_t timestamp_ms = -1;       // -1: now
  Partition partition = kAnyPartition;  // kAnyPartition: by key, or at random without one
};

// Told once per record what became of it; a success carries the offset. Errors: too_large and data say that this record
// can never be written; unknown_outcome that it may have been; all others that it surely was not.
using DeliveryHandler = std::function<void(Result<Offset>)>;

// An idempotent producer; records of one partition are written in
// the order they were given, each once, as long as none fails.
//
// Lifetime: shared by the sinks of a connection; open() .. close().
// Executor: any thread. Handlers run on the executor given with the record, never from within produce().
// Cancellation: none. Errors: through the handlers. A full queue is waited out inside: nothing is refused for it.
class ProducerClient {
 public:
  virtual ~ProducerClient() = default;
  // Idempotent. An error means that the settings are refused.
  virtual Result<void> open() = 0;
  virtual void produce(const OutRecord& record, const Executor& executor, DeliveryHandler done) = 0;
  // Waits for what is under way, at most `limit`; the rest is reported
  // as unknown. Blocks: from the blocking pool or at exit. Idempotent.
  virtual void close(Duration limit) = 0;
};

using MakeConsumer = std::function<std::unique_ptr<ConsumerClient>(ConsumerSettings)>;

}  // namespace weir::connectors::kafka
