// OrderGate: at most one unresolved write per key, in sequence order, also across failures (I2).
//
// OrderedWrites gives a sink's messages to the gate under a key (stream name; topic and record key). The gate says
// which may be sent now; while a key is out, later messages of the key gather and go together with the next one. A
// message that failed blocks its key until it is offered again (the runner's retry) or forgotten. Pure bookkeeping: no
// I/O, no clock, no coroutine.
//
// A message is known by its Message::sequence: once it is out, its memory is not looked at any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weir {

struct Message;

// Lifetime: a message offered outlives its being taken, withdrawn or forgotten. Executor: the lane's. Cancellation,
// Errors: none.
class OrderGate {
 public:
  // Some consecutive messages of one key to be written by one request.
  struct Run {
    std::string_view key;                  // valid until resolved
    std::vector<const Message*> messages;  // in sequence order
  };
  // Bounds of one request; at least one message is always sent.
  struct Limits {
    std::size_t messages = 500;
    std::size_t bytes = 1000 * 1000;
  };

  explicit OrderGate(Limits limits);
  ~OrderGate();

  // A message to be written, new or after a failure. `bytes` counts against Limits::bytes. A message that waits already
  // is replaced. It must not be out.
  void offer(std::string_view key, const Message& message, std::size_t bytes);
  // What may be sent now, each key at most once, those first that have been ready longest; the keys are out until
  // resolve().
  std::vector<Run> take_ready(std::size_t most_keys = std::numeric_limits<std::size_t>::max());
  // The messages of a Run that was taken are resolved: for each one, failed or not. Failed ones block the key until
  // offered again or forgotten. The Run may be resolved in parts: the key is out until all of its messages are
  // resolved.
  void resolve(std::string_view key, std::span<const std::uint64_t> sequences, const std::vector<bool>& failed);
  // The message's offer is withdrawn (a cancelled write): it blocks its key like a failed one. No effect unless it
  // waits. Several at once are given in sequence order.
  void withdraw(std::string_view key, std::uint64_t sequence);
  void withdraw(std::string_view key, std::span<const std::uint64_t> sequences);
  // The message will never be offered again, or its offer is withdrawn for good (it must not be out).
  void forget(std::string_view key, std::uint64_t sequence);

  // Messages of the key that wait behind one that is blocked.
  std::vector<std::uint64_t> held_back(std::string_view key) const;
  std::size_t keys() const;     // keys with anything out, waiting or blocked
  std::size_t waiting() const;  // messages offered and not sent

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
