// Sink: where messages are written.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/message.hpp"

#include <span>
#include <utility>
#include <vector>

namespace weir {

// What a sink says of one message.
enum class Verdict : std::uint8_t {
  written,    // confirmed, durable as the sink defines it
  duplicate,  // it was there already: as good as written, and counted apart
  rejected,   // a data error; the runner dead-letters the message
  failed,     // infrastructure, or outcome unknown: the runner sends the same message again
};

// One verdict per message of a write, in the order of the span.
class WriteReport {
 public:
  explicit WriteReport(std::size_t messages, Verdict all = Verdict::written) : verdicts_(messages, all) {}
  void set(std::size_t index, Verdict verdict) { verdicts_[index] = verdict; }
  // rejected or failed, with the reason.
  void set(std::size_t index, Verdict verdict, Error error) {
    verdicts_[index] = verdict;
    errors_.emplace_back(index, std::move(error));
  }
  std::size_t size() const { return verdicts_.size(); }
  Verdict verdict(std::size_t index) const { return verdicts_[index]; }
  // The reason given for that message, or nullptr.
  const Error* error(std::size_t index) const {
    for (const auto& [at, error] : errors_) {
      if (at == index) return &error;
    }
    return nullptr;
  }
  bool all_written() const { return errors_.empty() && only_written(); }

 private:
  bool only_written() const {
    for (Verdict verdict : verdicts_) {
      if (verdict != Verdict::written) return false;
    }
    return true;
  }
  std::vector<Verdict> verdicts_;
  std::vector<std::pair<std::size_t, Error>> errors_;
};

using MessageRefs = std::span<const Message* const>;

// What a sink knows of a message that was given to write() and has no verdict but `failed`.
enum class Presence : std::uint8_t {
  present,             // it is there
  absent,              // it is not, and nothing of it is on its way there any more
  unknown,             // not known yet: ask again
  only_writing_tells,  // this sink cannot find out by reading: write it again, its verdict says it
};

// A place messages are written to. An instance belongs to one lane; the client it uses is shared.
//
// Order (I2): the sink writes messages of one stream (or topic and key) in the order of Message::sequence, with at most
// one unresolved write per stream. When a message's verdict is `failed`, the sink holds back every later message of its
// stream until the runner has either written the failed one again or called forget() for it. OrderedWrites
// (ordered_writes.hpp) does this for any sink, and what a cancelled write() takes: a new sink begins there.
//
// Lifetime: made by the registry's factory; closed before it is destroyed.
// Executor: the lane's. Cancellation: terminal; what was under way is of unknown outcome. Errors: see write().
class Sink {
 public:
  virtual ~Sink() = default;
  // Called once, before the first write. An error that is retryable
  // is retried with backoff; another one fails the pipeline.
  virtual Task<Result<void>> open() = 0;
  // Called by persist, in order, also before earlier calls have completed (up to the runner's window). The messages are
  // borrowed until it completes. An Error stands for `failed` with that reason for all of them. A write that timed out
  // is `failed`, never `rejected`.
  virtual Task<Result<WriteReport>> write(MessageRefs messages) = 0;
  // The runner will never send these again (dead-lettered, their partition was taken away, or they go elsewhere from now
  // on). Only messages whose verdict was `failed`, or whose write was cancelled.
  virtual void forget(MessageRefs messages) {}
  // Which of these are there, found out by reading only: asked when a configuration takes other sinks into use while
  // messages have no verdict. Messages as for forget(); one answer each, in the order of the span. The runner settles what
  // is present, and forgets what is absent and sends it the new way. An Error stands for `unknown` with that reason for
  // all of them. OrderedWrites::look_up says what can be said without asking anybody.
  virtual Task<Result<std::vector<Presence>>> look_up(MessageRefs messages);
  virtual Task<void> close() = 0;
};

}  // namespace weir
