// Window: the batches of a lane that are on their way to the sinks, oldest first, bounded (I4).
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

namespace weir {

// What joins a lane's head to its tail. The head asks admits() before it pushes, the tail takes from the front; who
// waits for whom is their affair. An empty window admits any one entry, so that a batch larger than the bounds cannot
// wedge the lane.
//
// Lifetime: the lane's; entries keep their address. Executor: the lane's. Cancellation, Errors: none.
template <class Entry>
class Window {
 public:
  struct Limits {
    std::size_t batches;
    std::size_t items;
    std::size_t bytes;
  };

  explicit Window(Limits limits) : limits_(limits) {}
  // What is in it stays; the next one is judged by them.
  void set_limits(Limits limits) { limits_ = limits; }

  bool admits(std::size_t items, std::size_t bytes) const {
    if (slots_.empty()) return true;
    return slots_.size() < limits_.batches && items_ + items <= limits_.items && bytes_ + bytes <= limits_.bytes;
  }
  // True when not even the smallest entry is admitted: reading on would only fill memory.
  bool full() const { return !admits(1, 1); }

  Entry& push(std::unique_ptr<Entry> entry, std::size_t items, std::size_t bytes) {
    items_ += items;
    bytes_ += bytes;
    slots_.push_back({std::move(entry), items, bytes});
    return *slots_.back().entry;
  }
  Entry& oldest() { return *slots_.front().entry; }
  std::unique_ptr<Entry> pop_oldest() {
    std::unique_ptr<Entry> entry = std::move(slots_.front().entry);
    items_ -= slots_.front().items;
    bytes_ -= slots_.front().bytes;
    slots_.pop_front();
    return entry;
  }

  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  std::size_t items() const { return items_; }
  std::size_t bytes() const { return bytes_; }

  template <class F>
  void for_each(F&& visit) {
    for (Slot& slot : slots_) visit(*slot.entry);
  }

 private:
  struct Slot {
    std::unique_ptr<Entry> entry;
    std::size_t items;
    std::size_t bytes;
  };
  Limits limits_;
  std::deque<Slot> slots_;
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace weir
