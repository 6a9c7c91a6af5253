#include "embedded/broker/net/response_queue.hpp"

namespace weir::embedded::broker::net {

void ResponseSlot::settle(State state, wire::Frame frame) {
  if (state_ != State::open) return;
  state_ = state;
  if (queue_ != nullptr && hurry_) --queue_->parked_;
  hurry_ = nullptr;
  if (queue_ == nullptr) return;
  frame_ = std::move(frame);
  end_write();
  queue_->settled(*this);
}

void ResponseSlot::end_write() {
  if (!std::exchange(write_, false)) return;
  if (--queue_->open_writes_ == 0) queue_->ready_();
}

void ResponseSlot::on_hurry(std::function<void()> callback) {
  if (settled()) return;
  if (queue_ != nullptr && !hurry_) ++queue_->parked_;
  hurry_ = std::move(callback);
}

void ResponseSlot::hurry_earlier() {
  if (queue_ != nullptr) queue_->hurry_before(this);
}

void ResponseSlot::hurry() {
  // The callback answers, which clears hurry_: it must not die while it runs.
  if (!hurry_) return;
  if (queue_ != nullptr) --queue_->parked_;
  const std::function<void()> callback = std::exchange(hurry_, nullptr);
  callback();
}

std::uint64_t ResponseQueue::owned_bytes(const wire::Frame& frame) {
  std::uint64_t total = 0;
  for (const wire::Frame::Chunk& chunk : frame.chunks) total += chunk.bytes.size();
  return total;
}

std::shared_ptr<ResponseSlot> ResponseQueue::open(bool write) {
  const auto slot = std::make_shared<ResponseSlot>();
  slot->queue_ = this;
  slot->write_ = write;
  if (write) ++open_writes_;
  slots_.push_back(slot);
  return slot;
}

void ResponseQueue::hurry_before(const ResponseSlot* end) {
  if (parked_ == 0) return;
  // A callback may settle slots and take them out of the line.
  const auto waiting = slots_;
  for (const auto& each : waiting) {
    if (each.get() == end) return;
    each->hurry();
  }
}

bool ResponseQueue::take_ready(std::vector<wire::Frame>& out) {
  while (!slots_.empty() && slots_.front()->settled()) {
    const std::shared_ptr<ResponseSlot> slot = std::move(slots_.front());
    slots_.pop_front();
    slot->queue_ = nullptr;
    if (slot->state_ == ResponseSlot::State::hang_up) return true;
    if (slot->state_ == ResponseSlot::State::answered) out.push_back(std::move(slot->frame_));
  }
  return false;
}

void ResponseQueue::abandon() {
  const auto waiting = std::exchange(slots_, {});
  parked_ = 0;
  open_writes_ = 0;
  for (const auto& slot : waiting) {
    slot->queue_ = nullptr;
    if (slot->settled()) sent(owned_bytes(slot->frame_));
  }
  for (const auto& slot : waiting) slot->hurry();
}

void ResponseQueue::settled(const ResponseSlot& slot) {
  const std::uint64_t bytes = owned_bytes(slot.frame_);
  owned_ += bytes;
  waiting_bytes_ += bytes;
  if (!slots_.empty() && slots_.front().get() == &slot) ready_();
}

}  // namespace weir::embedded::broker::net
