// What the connections of one broker share: limits, counters, a clock.
#pragma once

#include "embedded/broker/net/memory_budget.hpp"
#include "embedded/broker/timers.hpp"
#include "pipeline/base/log.hpp"

#include <cstdint>

namespace weir::embedded::broker::net {

struct Limits {
  std::size_t max_frame = std::size_t{100} << 20;           // of a produce request; Kafka's socket.request.max.bytes
  std::size_t max_other_frame = std::size_t{8} << 20;       // of every other request
  std::size_t max_stranger_frame = std::size_t{512} << 10;  // of who has not authenticated
  // Beginnings of requests that nobody was asked for; above it less is read at a time, and smaller ones wait.
  std::uint64_t max_kept = std::uint64_t{64} << 20;
  std::size_t max_in_flight = 512;                       // requests of one connection that wait for their answers
  std::uint64_t max_owned = std::uint64_t{512} << 20;    // answers in memory that wait to be sent, of all connections
  std::uint64_t max_waiting = std::uint64_t{512} << 10;  // answers in memory of one connection, before it is read on
  std::uint64_t small_answer = std::uint64_t{1} << 20;   // who wants no more is served even over max_owned
  Duration idle = std::chrono::minutes(10);              // between requests
  Duration frame = std::chrono::seconds(60);  // from the first byte of a request to its last; also TLS's greeting
  Duration frame_when_short = std::chrono::seconds(10);  // the same, while others wait for the memory
  Duration stall = std::chrono::seconds(60);             // without a byte leaving
};

// One connection's part of a sum over all of them. Lifetime: the sum outlives it.
class Tally {
 public:
  explicit Tally(std::uint64_t& sum) : sum_(sum) {}
  ~Tally() { set(0); }
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  void set(std::uint64_t part) {
    sum_ += part - part_;
    part_ = part;
  }

 private:
  std::uint64_t& sum_;
  std::uint64_t part_ = 0;
};

// Lifetime: outlives the connections. Executor: the broker's thread.
struct Shared {
  Shared(Executor e, Timers& t, MemoryBudget& m) : executor(std::move(e)), timers(t), memory(m) {}

  Executor executor;
  Timers& timers;
  MemoryBudget& memory;  // of requests that are being received
  Limits limits;
  std::uint64_t owned = 0;  // bytes of answers in memory that wait to be sent
  std::uint64_t kept = 0;   // bytes of requests that have not been handled, but for those admitted by `memory`
  std::uint64_t requests = 0;
  std::uint64_t bytes_out = 0;
  log::Limiter complaints;
};

}  // namespace weir::embedded::broker::net
