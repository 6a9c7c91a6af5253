#include "pipeline/order_gate.hpp"

#include "pipeline/message.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cassert>
#include <deque>
#include <string>

namespace weir {
namespace {

struct Waiting {
  std::uint64_t sequence = 0;
  const Message* message = nullptr;
  std::size_t bytes = 0;
};

// One key with anything out, waiting or blocked. Reused for another key when it has nothing left.
struct KeyState {
  std::string name;
  boost::container::small_vector<Waiting, 1> waiting;  // by sequence
  std::vector<std::uint64_t> blocked;                  // failed or withdrawn, by sequence
  std::size_t out = 0;                                 // messages taken and not resolved
  bool queued = false;                                 // stands in Impl::ready

  bool idle() const { return waiting.empty() && blocked.empty() && out == 0; }
  // A message may be sent when nothing of its key is out and nothing before it is blocked.
  bool may_send(std::uint64_t sequence) const { return blocked.empty() || sequence < blocked.front(); }
  bool ready() const { return out == 0 && !waiting.empty() && may_send(waiting.front().sequence); }

  void block(std::uint64_t sequence) {
    const auto at = std::lower_bound(blocked.begin(), blocked.end(), sequence);
    if (at == blocked.end() || *at != sequence) blocked.insert(at, sequence);
  }
  void unblock(std::uint64_t sequence) {
    const auto at = std::lower_bound(blocked.begin(), blocked.end(), sequence);
    if (at != blocked.end() && *at == sequence) blocked.erase(at);
  }
  Waiting* place_of(std::uint64_t sequence) {
    return std::lower_bound(waiting.data(), waiting.data() + waiting.size(), sequence,
                            [](const Waiting& entry, std::uint64_t wanted) { return entry.sequence < wanted; });
  }
  bool stop_waiting(std::uint64_t sequence) {
    const Waiting* at = place_of(sequence);
    if (at == waiting.data() + waiting.size() || at->sequence != sequence) return false;
    waiting.erase(waiting.begin() + (at - waiting.data()));
    return true;
  }
};

absl::string_view to_absl(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

struct OrderGate::Impl {
  explicit Impl(Limits bounds) : limits(bounds) {}

  KeyState& state_of(std::string_view key) {
    const auto found = by_key.find(to_absl(key));
    if (found != by_key.end()) return *found->second;
    std::unique_ptr<KeyState> state;
    if (unused.empty()) {
      state = std::make_unique<KeyState>();
    } else {
      state = std::move(unused.back());
      unused.pop_back();
    }
    state->name.assign(key);
    KeyState& result = *state;
    by_key.emplace(to_absl(result.name), std::move(state));
    return result;
  }
  KeyState* find(std::string_view key) {
    const auto found = by_key.find(to_absl(key));
    return found == by_key.end() ? nullptr : found->second.get();
  }
  // After every change of a key: it becomes ready, or is let go when nothing is left of it.
  void update(KeyState& state) {
    if (state.queued) return;
    if (state.ready()) {
      state.queued = true;
      ready.push_back(&state);
    } else if (state.idle()) {
      release(state);
    }
  }
  void release(KeyState& state) {
    const auto found = by_key.find(to_absl(state.name));
    std::unique_ptr<KeyState> owned = std::move(found->second);
    by_key.erase(found);
    constexpr std::size_t kMostUnused = 4096;
    if (unused.size() < kMostUnused) unused.push_back(std::move(owned));
  }
  Run take(KeyState& state) {
    Run run;
    run.key = state.name;
    std::size_t bytes = 0;
    std::size_t taken = 0;
    for (const Waiting& next : state.waiting) {
      if (!state.may_send(next.sequence)) break;
      if (taken > 0 && (taken >= limits.messages || bytes + next.bytes > limits.bytes)) break;
      bytes += next.bytes;
      ++taken;
    }
    run.messages.reserve(taken);
    for (std::size_t i = 0; i < taken; ++i) run.messages.push_back(state.waiting[i].message);
    state.waiting.erase(state.waiting.begin(), state.waiting.begin() + taken);
    state.out = taken;
    waiting -= state.out;
    return run;
  }
  void resolve_one(KeyState& state, std::uint64_t sequence, bool failed) {
    assert(state.out > 0 && "more messages resolved than were taken");
    if (state.out > 0) --state.out;
    if (failed) state.block(sequence);
  }

  Limits limits;
  absl::flat_hash_map<absl::string_view, std::unique_ptr<KeyState>> by_key;  // the key is a view of KeyState::name
  std::vector<std::unique_ptr<KeyState>> unused;
  std::deque<KeyState*> ready;  // may hold keys that are not ready any more
  std::size_t waiting = 0;
};

OrderGate::OrderGate(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
OrderGate::~OrderGate() = default;

void OrderGate::offer(std::string_view key, const Message& message, std::size_t bytes) {
  KeyState& state = impl_->state_of(key);
  state.unblock(message.sequence);
  const Waiting entry{message.sequence, &message, bytes};
  if (state.waiting.empty() || state.waiting.back().sequence < message.sequence) {
    state.waiting.push_back(entry);
    ++impl_->waiting;
  } else {
    Waiting* at = state.place_of(message.sequence);
    if (at->sequence == message.sequence) {
      *at = entry;
    } else {
      state.waiting.insert(state.waiting.begin() + (at - state.waiting.data()), entry);
      ++impl_->waiting;
    }
  }
  impl_->update(state);
}

std::vector<OrderGate::Run> OrderGate::take_ready(std::size_t most_keys) {
  std::vector<Run> runs;
  while (!impl_->ready.empty() && runs.size() < most_keys) {
    KeyState& state = *impl_->ready.front();
    impl_->ready.pop_front();
    state.queued = false;
    if (state.ready()) {
      runs.push_back(impl_->take(state));
    } else {
      impl_->update(state);
    }
  }
  return runs;
}

void OrderGate::resolve(std::string_view key, std::span<const std::uint64_t> sequences,
                        const std::vector<bool>& failed) {
  KeyState* state = impl_->find(key);
  assert(state != nullptr && "the key is not out");
  if (state == nullptr) return;
  for (std::size_t i = 0; i < sequences.size(); ++i) impl_->resolve_one(*state, sequences[i], failed[i]);
  impl_->update(*state);
}

void OrderGate::withdraw(std::string_view key, std::uint64_t sequence) {
  withdraw(key, std::span(&sequence, 1));
}

// One pass over what waits, however many are withdrawn.
void OrderGate::withdraw(std::string_view key, std::span<const std::uint64_t> sequences) {
  KeyState* state = impl_->find(key);
  if (state == nullptr) return;
  auto next = sequences.begin();
  const auto is_withdrawn = [&next, &sequences, state](const Waiting& entry) {
    while (next != sequences.end() && *next < entry.sequence) ++next;
    if (next == sequences.end() || *next != entry.sequence) return false;
    state->block(entry.sequence);
    return true;
  };
  const auto kept = std::remove_if(state->waiting.begin(), state->waiting.end(), is_withdrawn);
  impl_->waiting -= static_cast<std::size_t>(state->waiting.end() - kept);
  state->waiting.erase(kept, state->waiting.end());
  impl_->update(*state);
}

void OrderGate::forget(std::string_view key, std::uint64_t sequence) {
  KeyState* state = impl_->find(key);
  if (state == nullptr) return;
  if (state->stop_waiting(sequence)) --impl_->waiting;
  state->unblock(sequence);
  impl_->update(*state);
}

std::vector<std::uint64_t> OrderGate::held_back(std::string_view key) const {
  std::vector<std::uint64_t> sequences;
  const KeyState* state = impl_->find(key);
  if (state == nullptr) return sequences;
  for (const Waiting& entry : state->waiting) {
    if (!state->may_send(entry.sequence)) sequences.push_back(entry.sequence);
  }
  return sequences;
}

std::size_t OrderGate::keys() const {
  return impl_->by_key.size();
}
std::size_t OrderGate::waiting() const {
  return impl_->waiting;
}

}  // namespace weir
