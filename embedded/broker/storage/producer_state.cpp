#include "embedded/broker/storage/producer_state.hpp"

#include "embedded/broker/wire/reader.hpp"
#include "embedded/broker/wire/writer.hpp"

#include <algorithm>
#include <vector>

namespace weir::embedded::broker::storage {

namespace {

ProducerStates::Verdict out_of_order(const BatchHeader& header, std::int64_t wanted) {
  ProducerStates::Verdict verdict;
  verdict.error = wire::ErrorCode::out_of_order_sequence_number;
  verdict.message = "producer " + std::to_string(header.producer_id) + " sent sequence " +
                    std::to_string(header.base_sequence) + " where " + std::to_string(wanted) + " was expected";
  return verdict;
}

}  // namespace

void ProducerStates::State::add(const Batch& batch) {
  batches[next] = batch;
  next = static_cast<std::uint8_t>((next + 1) % kBatches);
  count = static_cast<std::uint8_t>(std::min<std::size_t>(count + 1U, kBatches));
}

ProducerStates::Verdict ProducerStates::check(const BatchHeader& header) const {
  const auto found = producers_.find(header.producer_id);
  // Kafka 2.5 and later take any first sequence of a producer they do not know.
  if (found == producers_.end()) return {};
  const State& state = found->second;
  Verdict verdict;
  if (header.producer_epoch < state.epoch) {
    verdict.error = wire::ErrorCode::invalid_producer_epoch;
    verdict.message = "producer " + std::to_string(header.producer_id) + " has epoch " +
                      std::to_string(header.producer_epoch) + ", but epoch " + std::to_string(state.epoch) +
                      " has written already";
    return verdict;
  }
  if (header.producer_epoch > state.epoch) return header.base_sequence == 0 ? verdict : out_of_order(header, 0);

  const std::int32_t last = header.last_sequence();
  for (std::size_t i = 0; i < state.count; ++i) {
    const Batch& batch = state.batches[i];
    if (batch.first_sequence != header.base_sequence || batch.last_sequence != last) continue;
    verdict.duplicate = true;
    verdict.base_offset = batch.base_offset;
    verdict.end_offset = batch.end_offset;
    verdict.timestamp = batch.timestamp;
    return verdict;
  }
  const std::int64_t wanted = (static_cast<std::int64_t>(state.newest().last_sequence) + 1) & 0x7fffffff;
  return header.base_sequence == wanted ? verdict : out_of_order(header, wanted);
}

void ProducerStates::record(const BatchHeader& header, std::int64_t now_ms) {
  if (!header.has_producer()) return;
  if (producers_.size() >= kMostProducers && !producers_.contains(header.producer_id)) evict();
  State& state = producers_[header.producer_id];
  if (state.count == 0 || state.epoch != header.producer_epoch) {
    state.epoch = header.producer_epoch;
    state.count = 0;
    state.next = 0;
  }
  state.last_use_ms = now_ms;
  state.add(
      {header.base_sequence, header.last_sequence(), header.base_offset, header.end_offset(), header.max_timestamp});
}

void ProducerStates::expire(std::int64_t before_ms) {
  std::erase_if(producers_, [before_ms](const auto& entry) { return entry.second.last_use_ms < before_ms; });
}

void ProducerStates::evict() {
  // An eighth at once, so that a flood of made-up ids costs little per batch.
  std::vector<std::pair<std::int64_t, std::int64_t>> oldest;  // last use, id
  oldest.reserve(producers_.size());
  for (const auto& [id, state] : producers_) oldest.emplace_back(state.last_use_ms, id);
  const auto cut = oldest.begin() + static_cast<std::ptrdiff_t>(oldest.size() / 8 + 1);
  std::nth_element(oldest.begin(), cut - 1, oldest.end());
  for (auto it = oldest.begin(); it != cut; ++it) producers_.erase(it->second);
}

std::string ProducerStates::encode(Offset end) const {
  wire::Writer out;
  out.i64(end);
  out.i32(static_cast<std::int32_t>(producers_.size()));
  for (const auto& [id, state] : producers_) {
    out.i64(id);
    out.i16(state.epoch);
    out.i64(state.last_use_ms);
    out.i8(static_cast<std::int8_t>(state.count));
    for (std::size_t i = 0; i < state.count; ++i) {  // oldest first
      const Batch& batch = state.batches[(state.next + kBatches - state.count + i) % kBatches];
      out.i32(batch.first_sequence);
      out.i32(batch.last_sequence);
      out.i64(batch.base_offset);
      out.i64(batch.end_offset);
      out.i64(batch.timestamp);
    }
  }
  return std::move(out).take();
}

std::optional<ProducerStates::Snapshot> ProducerStates::decode(std::string_view bytes) {
  wire::Reader in(bytes);
  Snapshot snapshot;
  snapshot.end = in.i64();
  const std::int32_t count = in.i32();
  for (std::int32_t i = 0; i < count && in.ok(); ++i) {
    State& state = snapshot.states.producers_[in.i64()];
    state.epoch = in.i16();
    state.last_use_ms = in.i64();
    const int batches = in.i8();
    if (batches < 1 || batches > static_cast<int>(kBatches)) return std::nullopt;
    for (int b = 0; b < batches; ++b) {
      Batch batch;
      batch.first_sequence = in.i32();
      batch.last_sequence = in.i32();
      batch.base_offset = in.i64();
      batch.end_offset = in.i64();
      batch.timestamp = in.i64();
      state.add(batch);
    }
  }
  if (!in.ok() || !in.rest().empty()) return std::nullopt;
  return snapshot;
}

}  // namespace weir::embedded::broker::storage
