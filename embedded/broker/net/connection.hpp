// Connection: takes requests off one connection, in order, and sends their answers, in order.
#pragma once

#include "embedded/broker/net/request_order.hpp"
#include "embedded/broker/net/response_queue.hpp"
#include "embedded/broker/net/shared.hpp"
#include "embedded/broker/net/transport.hpp"
#include "embedded/broker/session.hpp"
#include "pipeline/base/signal.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/base/task_group.hpp"

#include <memory>
#include <string>

namespace weir::embedded::broker::net {

// Handles one request: header and body, without the length. Returns false when the connection must end behind the
// answers that are already due: the bytes are no request that could be answered.
using HandleFrame =
    std::function<bool(Session& session, std::string_view frame, const std::shared_ptr<ResponseSlot>& slot)>;

// A request is handled as soon as it is there, while earlier ones still wait for the disk or for other members of their
// group; back-pressure is not to read. A large frame is admitted before memory is taken for it.
//
// Lifetime: run() .. its end; close() ends it. Executor: the broker's thread. Cancellation: terminal, or close().
// Errors: none; a connection that misbehaves is closed, and says why in the log at most every few seconds.
class Connection {
 public:
  Connection(std::unique_ptr<Transport> transport, Session session, Shared& shared, const HandleFrame& handle);

  Task<void> run();
  // What the peer may take its time for: closes the connection when that is over. Called every second.
  void check(TimePoint now);
  // Takes no more requests; ends when the answers that are due have been sent.
  void drain();
  void close();

 private:
  Task<void> run_read_loop();
  Task<void> run_write_loop();
  // Handles all whole requests at the head of `bytes`, leaves the rest there. False: the connection must end.
  bool handle_requests(std::string_view& bytes);
  // Reads on until the request that begins in `partial_` is whole, and handles it.
  Task<bool> finish_request();
  bool handle(std::string_view frame);
  // The length of the request at the head of the bytes; 0: not enough of them yet. Nothing: not Kafka's protocol.
  std::optional<std::size_t> length_of(std::string_view bytes);
  // Says in the log why the connection ends.
  void refuse(std::string_view why);
  void make_line_move();
  bool overloaded() const;
  bool waits_for_writes() const;
  // Too much is kept of requests that have not arrived whole, of all connections together.
  bool short_of_memory() const { return shared_.kept > shared_.limits.max_kept; }
  void end_reading();

  std::unique_ptr<Transport> transport_;
  Session session_;
  Shared& shared_;
  const HandleFrame& handle_;
  Signal changed_;  // an answer can be sent, answers were sent, the last open write is done, or the end
  ResponseQueue responses_;
  std::string held_;                        // requests that wait until earlier ones are answered
  std::string partial_;                     // the beginning of a request that has not arrived whole
  Tally kept_;                              // the bytes of both
  RequestOrder next_ = RequestOrder::free;  // of the request that is next, or being handled
  bool turn_is_over_ = false;               // others come first, then what is held
  bool reading_ = true;
  bool closed_ = false;
  std::uint64_t sent_ = 0;
  // What check() compares with.
  TimePoint last_request_;
  TimePoint frame_begun_;
  TimePoint sending_since_;
  bool in_frame_ = false;
  bool sending_ = false;
  std::uint64_t sent_before_ = 0;
};

}  // namespace weir::embedded::broker::net
