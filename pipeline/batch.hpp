// The batch: messages of one lane that travel together.
#pragma once

#include "pipeline/message.hpp"

#include <memory>
#include <memory_resource>
#include <vector>

namespace weir {

// An ordered run of messages of one lane, with the memory they point to. What read() returns is never empty.
//
// Lifetime: owned by whoever works on it: source → head loop → window → tail loop. Its address may change (it is
// movable), the addresses of its messages, its arena and what it keeps alive do not.
// Executor: the lane's. Cancellation, Errors: none.
class Batch {
 public:
  Batch() : arena_(std::make_unique<std::pmr::monotonic_buffer_resource>(kArenaStart)) {}
  Batch(Batch&&) noexcept = default;
  Batch& operator=(Batch&& other) noexcept {
    if (this != &other) {  // messages before what they point to
      messages_ = std::move(other.messages_);
      failed_ = std::move(other.failed_);
      arena_ = std::move(other.arena_);
      kept_ = std::move(other.kept_);
      pinned_bytes_ = other.pinned_bytes_;
    }
    return *this;
  }
  ~Batch() {  // acks before their ledgers
    messages_.clear();
    failed_.clear();
  }

  std::vector<Message>& messages() { return messages_; }
  const std::vector<Message>& messages() const { return messages_; }
  std::size_t size() const { return messages_.size(); }
  bool empty() const { return messages_.empty(); }

  // Messages that left the chain as failures, on their way to the dead-letter sink. Filled by the runner.
  std::vector<Message>& failed() { return failed_; }
  const std::vector<Message>& failed() const { return failed_; }

  // Memory that lives as long as the batch. Decoded fields that cannot be views of the payload are made here.
  std::pmr::memory_resource& arena() { return *arena_; }
  std::string_view copy(std::string_view text);

  // Keeps an owner of bytes or ledgers alive as long as the batch.
  void keep_alive(std::shared_ptr<const void> owner) { kept_.push_back(std::move(owner)); }

  // What the batch holds in memory: payloads, keys, headers, and the fetch buffers they pin. Set by the source, used
  // against the lane's bound.
  std::size_t pinned_bytes() const { return pinned_bytes_; }
  void add_pinned_bytes(std::size_t bytes) { pinned_bytes_ += bytes; }

 private:
  static constexpr std::size_t kArenaStart = 4096;

  // Declared so that messages die before the ledgers and buffers they point to.
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_;
  std::vector<std::shared_ptr<const void>> kept_;
  std::vector<Message> messages_;
  std::vector<Message> failed_;
  std::size_t pinned_bytes_ = 0;
};

inline std::string_view Batch::copy(std::string_view text) {
  if (text.data() == nullptr) return {};
  if (text.empty()) return "";
  char* place = static_cast<char*>(arena_->allocate(text.size(), 1));
  text.copy(place, text.size());
  return {place, text.size()};
}

}  // namespace weir
