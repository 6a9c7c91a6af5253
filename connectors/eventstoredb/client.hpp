// StoreClient: an EventStoreDB / KurrentDB as weir sees it. Implemented
// by GrpcClient (grpc_client.hpp) and FakeStore (fake.hpp).
#pragma once

#include "connectors/eventstoredb/append_rules.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/base/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::connectors::eventstoredb {

// A place in the log of all events ($all).
struct LogPosition {
  std::uint64_t commit = 0;
  std::uint64_t prepare = 0;
  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

// An event to be appended. The views are borrowed.
struct NewEvent {
  Uuid id;
  std::string_view type;  // not empty
  bool json = true;       // content type application/json, else application/octet-stream
  std::string_view data;
  std::string_view metadata{};

  // What counts against the server's limit of one append.
  std::size_t size() const { return data.size() + metadata.size() + 2 * type.size(); }
};

// An event that was read.
struct RecordedEvent {
  Uuid id;
  std::string stream;
  StreamRevision revision = 0;
  LogPosition position;
  WallTime created{};
  std::string type;
  bool json = false;
  std::string data;
  std::string metadata;
};

// The append is durable: written now, or found written already (the two look alike on the wire).
struct Appended {
  std::optional<StreamRevision> revision;  // of the last event of this append; none = empty stream
  std::optional<LogPosition> position;
};
// The stream is not where the caller expected it, or the append is known in part.
struct RevisionConflict {
  std::optional<StreamRevision> actual;  // none = no such stream
};
using AppendOutcome = std::variant<Appended, RevisionConflict>;

enum class ReadDirection : std::uint8_t { forwards, backwards };

// Where a read of a stream begins. A revision is included in either direction.
struct StreamStart {
  enum class Kind : std::uint8_t { start, end, revision } kind = Kind::start;
  StreamRevision revision = 0;
  static constexpr StreamStart from_start() { return {Kind::start, 0}; }
  static constexpr StreamStart from_end() { return {Kind::end, 0}; }
  static constexpr StreamStart at(StreamRevision revision) { return {Kind::revision, revision}; }
};
// Where a read of $all begins. A position is included forwards and excluded backwards.
struct AllStart {
  enum class Kind : std::uint8_t { start, end, position } kind = Kind::start;
  LogPosition position;
  static constexpr AllStart from_start() { return {Kind::start, {}}; }
  static constexpr AllStart from_end() { return {Kind::end, {}}; }
  static constexpr AllStart at(LogPosition position) { return {Kind::position, position}; }
};

struct StreamPage {
  bool exists = false;  // false: no such stream, or soft-deleted; not an error
  std::vector<RecordedEvent> events;
  std::optional<StreamRevision> next;  // where to read on; none = the end was reached
};
struct AllPage {
  std::vector<RecordedEvent> events;
  std::optional<LogPosition> last;  // position of the last event; none = nothing was read
  bool at_end = true;
};

struct ServerInfo {
  std::string version;  // "23.10.8"; empty: an old server that does not tell
  bool batch_append = false;
};

// A client of one store. SDK users get one from make_grpc_client() or a `connections:` entry.
//
// Lifetime: shared; calls under way keep what they need. Views given to append() are borrowed until it returns.
// Executor: any; each call completes on the executor of the coroutine that awaits it. Thread-safe.
// Cancellation: terminal; the call ends with operation_aborted at once. What was sent may still take effect.
// Errors: unavailable, unknown_outcome (timed out or cut off: retry with the same ids), unauthenticated,
// permission_denied, too_large, stream_deleted, invalid_argument, unsupported, internal. Every call ends within its
// deadline, whatever the server does.
class StoreClient {
 public:
  virtual ~StoreClient() = default;

  // Appends all of the events or none. A stream is created by its first event. May be called while earlier ones are
  // under way, also for the same stream, but then their order is up to the server.
  virtual Task<Result<AppendOutcome>> append(std::string stream, ExpectedRevision expected,
                                             std::span<const NewEvent> events) = 0;

  // A page of at most `count` events; less when the page becomes too large for memory. Reading a missing stream gives
  // an empty page, a tombstoned one stream_deleted.
  virtual Task<Result<StreamPage>> read_stream(std::string stream, StreamStart from, ReadDirection direction,
                                               std::uint64_t count) = 0;
  virtual Task<Result<AllPage>> read_all(AllStart from, ReadDirection direction, std::uint64_t count) = 0;

  // Soft delete: the next append goes on where the stream ended.
  // Tombstone: for ever. A wrong expectation is Errc::conflict.
  virtual Task<Result<void>> delete_stream(std::string stream, ExpectedRevision expected) = 0;
  virtual Task<Result<void>> tombstone_stream(std::string stream, ExpectedRevision expected) = 0;

  virtual Task<Result<ServerInfo>> server_info() = 0;

  // The peer for messages: "esdb://127.0.0.1:2113?tls=false". Never holds credentials.
  virtual std::string display() const = 0;
  // Ends every call under way with Errc::cancelled; later calls fail the same way. Idempotent.
  virtual void close() = 0;
};

// The stream that holds the metadata of `stream`: written by plain appends of an event "$metadata".
inline std::string metadata_stream_of(std::string_view stream) {
  return "$$" + std::string(stream);
}

}  // namespace weir::connectors::eventstoredb
