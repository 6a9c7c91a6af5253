// What a client gets that reads or subscribes: a session hands out its messages page by page.
//
// The log itself is the buffer of a subscription. A session that has reached the end goes idle; when something was
// committed it reads on from where it was. So nothing is lost or repeated between catching up and living on, and a slow
// reader costs one page of memory however far it falls behind.
#pragma once

#include "embedded/eventstore/reads/reader.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace weir::embedded::eventstore {

struct ReadMessage {
  enum class Kind {
    event,
    confirmation,
    checkpoint,
    caught_up,
    stream_not_found,
    first_stream_position,
    last_stream_position
  };
  Kind kind = Kind::event;
  ResolvedEvent event;      // event
  std::uint64_t value = 0;  // checkpoint: a position; first and last: a revision
};

struct ReadPage {
  enum class After {
    more,  // ask again at once
    idle,  // ask again when something was committed
    done,  // the read is complete
  };
  std::vector<ReadMessage> messages;
  After after = After::more;
  std::optional<Error> error;  // ends the session once the messages are out
};

// How many events a page looks at, at most.
inline constexpr std::size_t kStreamPage = 32;
inline constexpr std::size_t kLogPage = 256;

// Lifetime: owned by one call; outlived by its reader. Executor: next_page() from one thread at a time; it may block on
// the disk. Cancellation: destroy it between pages. Errors: in the page. stream_deleted: the stream is tombstoned;
// invalid_argument: no such position.
class ReadSession {
 public:
  virtual ~ReadSession() = default;
  virtual ReadPage next_page() = 0;
};

struct StreamReadRequest {
  std::string stream;
  Direction direction = Direction::forwards;
  std::optional<Revision> from;  // none: the start when going forwards, the end when going backwards
  bool from_end = false;         // forwards from the end: nothing to read
  std::uint64_t count = 0;
  bool resolve_links = false;
  bool wants_positions = false;  // the client understands first and last stream position
};
std::unique_ptr<ReadSession> read_stream_session(const Reader& reader, StreamReadRequest request);

struct LogReadRequest {
  Direction direction = Direction::forwards;
  std::optional<Position> from;  // as above; backwards it is exclusive
  bool from_end = false;
  std::uint64_t count = 0;
  bool resolve_links = false;
  EventFilter filter;
};
std::unique_ptr<ReadSession> read_log_session(const Reader& reader, LogReadRequest request);

struct StreamSubscriptionRequest {
  std::string stream;
  std::optional<Revision> after;  // exclusive; none: from the start
  bool from_end = false;
  bool resolve_links = false;
};
std::unique_ptr<ReadSession> subscribe_stream_session(const Reader& reader, StreamSubscriptionRequest request);

struct LogSubscriptionRequest {
  std::optional<Position> after;  // exclusive; none: from the start
  bool from_end = false;
  bool resolve_links = false;
  EventFilter filter;
  std::uint64_t checkpoint_interval = 0;  // examined events between two checkpoints; 0: no checkpoints
};
std::unique_ptr<ReadSession> subscribe_log_session(const Reader& reader, LogSubscriptionRequest request);

// The position that a client named is none of this log.
Error invalid_position(Position asked, Position last);
Error tombstoned(std::string_view stream);

}  // namespace weir::embedded::eventstore
