// The store without a network: storage, reader and sequencer put together.
#pragma once

#include "embedded/eventstore/log/sequencer.hpp"
#include "embedded/eventstore/reads/reader.hpp"

namespace weir::embedded::eventstore {

// What a reported version of 23.10 allows in one append.
inline constexpr std::size_t kMaxAppendBytes = std::size_t{1} << 20;
// The longest that a write may wait to be decided.
inline constexpr Duration kWriteTimeout = std::chrono::seconds(2);

// Lifetime: open() .. destructor; outlives all calls that use it, outlived by the clock. Executor: any thread.
// Cancellation: stop() finishes the queued writes and takes no
// more. Errors: open() as Storage; later ones as Sequencer.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const Storage::Options& options, const Clock& clock);

  void stop() { sequencer_.stop(); }

  const Reader& reader() const { return reader_; }
  Sequencer& sequencer() { return sequencer_; }
  CommitFeed& feed() { return feed_; }
  const Clock& clock() const { return clock_; }

 private:
  Store(std::unique_ptr<Storage> storage, const Clock& clock)
      : clock_(clock), storage_(std::move(storage)), reader_(*storage_, clock), sequencer_(*storage_, clock, feed_) {}

  const Clock& clock_;
  std::unique_ptr<Storage> storage_;
  Reader reader_;
  CommitFeed feed_;
  Sequencer sequencer_;
};

}  // namespace weir::embedded::eventstore
