// OrderGate: at most one unresolved write per key, in sequence order, also across failures (I2, ARCHITECTURE §8).
//
// A sink gives its messages to the gate under a key (stream name; topic and record key). The gate says which may be sent now; while a key
// is out, later messages of the key gather and go together with the next one. A message that failed blocks its key until it is offered
// again (the runner's retry) or forgotten. Pure bookkeeping: no I/O, no clock, no coroutine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace weir {

struct Message;

// Lifetime: the messages offered outlive their resolution. Executor: the lane's. Cancellation, Errors: none.
class OrderGate {
 public:
  // Some consecutive messages of one key to be written by one request.
  struct Send {
    std::string_view key;  // valid until resolved
    std::vector<const Message*> messages;  // in sequence order
  };
  // Bounds of one request; at least one message is always sent.
  struct Limits {
    std::size_t messages = 500;
    std::size_t bytes = 1000 * 1000;
  };

  explicit OrderGate(Limits limits);
  ~OrderGate();

  // A message to be written, new or after a failure. `bytes` counts against Limits::bytes.
  void offer(std::string_view key, const Message& message, std::size_t bytes);
  // All that may be sent now, each key at most once; the keys are out until resolve().
  std::vector<Send> take_ready();
  // The messages of a Send that was taken are resolved: for each one, failed or not. Failed ones block the key until offered again or forgotten.
  void resolve(std::string_view key, const std::vector<const Message*>& messages, const std::vector<bool>& failed);
  // The message will never be offered again, or its offer is withdrawn (it must not be out).
  void forget(std::string_view key, const Message& message);

  std::size_t keys() const;     // keys with anything out, waiting or blocked
  std::size_t waiting() const;  // messages offered and not sent

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
