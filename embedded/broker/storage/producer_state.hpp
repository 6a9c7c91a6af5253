// ProducerStates: what each idempotent producer wrote last to one partition, so that a batch sent twice stands once.
#pragma once

#include "embedded/broker/storage/record_batch.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::embedded::broker::storage {

// Lifetime, Executor, Cancellation: none. Errors: a Verdict per batch; bounded at kMostProducers, the ones that were
// silent for longest go first.
class ProducerStates {
 public:
  static constexpr std::size_t kBatches = 5;  // as many as a client may have in flight
  static constexpr std::size_t kMostProducers = 1 << 16;

  struct Verdict {
    wire::ErrorCode error = wire::ErrorCode::none;
    std::string message;
    bool duplicate = false;  // stands at base_offset .. end_offset already
    Offset base_offset = -1;
    Offset end_offset = -1;
    std::int64_t timestamp = -1;
  };
  // Whether this batch may be appended. The header has a producer.
  Verdict check(const BatchHeader& header) const;
  // It has been appended, at header.base_offset. Headers without a producer are ignored.
  void record(const BatchHeader& header, std::int64_t now_ms);
  // Forgets producers that wrote nothing since.
  void expire(std::int64_t before_ms);
  std::size_t size() const { return producers_.size(); }

  // All states as bytes, as of `end`; and back.
  std::string encode(Offset end) const;
  struct Snapshot;
  static std::optional<Snapshot> decode(std::string_view bytes);

 private:
  struct Batch {
    std::int32_t first_sequence = 0;
    std::int32_t last_sequence = 0;
    Offset base_offset = 0;
    Offset end_offset = 0;
    std::int64_t timestamp = 0;
  };
  struct State {
    std::int16_t epoch = 0;
    std::uint8_t count = 0;  // of batches, never 0
    std::uint8_t next = 0;   // where the coming one goes: a ring
    std::int64_t last_use_ms = 0;
    std::array<Batch, kBatches> batches;

    const Batch& newest() const { return batches[(next + kBatches - 1) % kBatches]; }
    void add(const Batch& batch);
  };
  void evict();

  std::unordered_map<std::int64_t, State> producers_;
};

struct ProducerStates::Snapshot {
  Offset end = 0;
  ProducerStates states;
};

}  // namespace weir::embedded::broker::storage
