// ResponseQueue: the answers of one connection, given in any order and sent in the order of the requests.
#pragma once

#include "embedded/broker/wire/writer.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace weir::embedded::broker::net {

class ResponseQueue;

// The place of one answer. Handlers hold it for as long as they need; the connection may be gone before.
//
// Lifetime: shared by the queue and the handler. Executor: the broker's thread. Cancellation: hurry. Errors: none.
class ResponseSlot {
 public:
  // One of these, once; later calls are ignored.
  void answer(wire::Frame frame) { settle(State::answered, std::move(frame)); }
  void stay_silent() { settle(State::silent, {}); }  // produce with acks=0
  void hang_up() { settle(State::hang_up, {}); }     // the connection ends behind the answers before this one

  // `callback` is called, at most once, when the answer should be given now with what is there: another request waits
  // behind it, or the connection has gone.
  void on_hurry(std::function<void()> callback);
  bool settled() const { return state_ != State::open; }
  // Tells the requests of this connection that are parked in front of this one to answer now.
  void hurry_earlier();

 private:
  friend class ResponseQueue;
  enum class State { open, answered, silent, hang_up };
  void settle(State state, wire::Frame frame);
  void hurry();
  // No longer one of the queue's open writes.
  void end_write();

  ResponseQueue* queue_ = nullptr;  // null when the connection has gone
  State state_ = State::open;
  bool write_ = false;
  wire::Frame frame_;
  std::function<void()> hurry_;
};

// Lifetime: of the connection. Executor: the broker's thread. Cancellation: abandon(). Errors: none.
class ResponseQueue {
 public:
  // `ready` is called when the first answer in line can be sent, and when no write is open any more; `owned` counts the bytes in memory that wait to be
  // sent, of all connections.
  ResponseQueue(std::function<void()> ready, std::uint64_t& owned) : ready_(std::move(ready)), owned_(owned) {}
  ~ResponseQueue() { abandon(); }
  ResponseQueue(const ResponseQueue&) = delete;
  ResponseQueue& operator=(const ResponseQueue&) = delete;

  // A place behind all others. `write`: counted in open_writes() until it is settled.
  std::shared_ptr<ResponseSlot> open(bool write = false);
  // Takes all answers that are in line; true: the connection ends behind them.
  bool take_ready(std::vector<wire::Frame>& out);
  // Parked requests are told to answer now.
  void hurry_all() { hurry_before(nullptr); }
  // The connection has gone.
  void abandon();

  std::size_t size() const { return slots_.size(); }
  std::size_t open_writes() const { return open_writes_; }
  // Bytes in memory of answers that have not been sent.
  std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  // Counts the frames taken before as sent.
  void sent(std::uint64_t bytes) {
    owned_ -= bytes;
    waiting_bytes_ -= bytes;
  }
  static std::uint64_t owned_bytes(const wire::Frame& frame);

 private:
  friend class ResponseSlot;
  void settled(const ResponseSlot& slot);
  void hurry_before(const ResponseSlot* end);

  std::function<void()> ready_;
  std::uint64_t& owned_;
  std::deque<std::shared_ptr<ResponseSlot>> slots_;
  std::uint64_t waiting_bytes_ = 0;
  std::size_t open_writes_ = 0;
  std::size_t parked_ = 0;  // slots with a callback: mostly none, and then nobody is looked for
};

}  // namespace weir::embedded::broker::net
