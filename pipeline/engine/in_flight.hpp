// InFlight: one batch on its way to the sinks, from `persist` to `ack`.
#pragma once

#include "pipeline/base/task_group.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/engine/letter_stub.hpp"
#include "pipeline/sink.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace weir {

struct LaneGraph;

// An entry of a lane's window.
//
// Lifetime: from submit to settle; its address is stable, for sinks borrow its messages. Not destroyed before
// writes->join() has returned. Executor: the lane's. Cancellation, Errors: none.
struct InFlight {
  InFlight(const Executor& executor, std::shared_ptr<LaneGraph> through, Batch taken, TimePoint at)
      : graph(std::move(through)), batch(std::move(taken)), read_at(at), executor_(executor) {
    renew_writes();
  }

  // One call of Sink::write() and what came of it. A write that was cut off leaves its result as it stands here.
  struct Write {
    SinkIndex sink = kNoSink;
    std::vector<Message*> messages;
    Result<WriteReport> result = Error(Errc::unknown_outcome, "the write was cut off before the sink answered");
    bool answered = false;

    // Why message i was not written.
    Error reason(std::size_t i, Errc fallback) const {
      if (result.has_error()) return result.error();
      const Error* given = result->error(i);
      return given != nullptr ? *given : Error(fallback, "the sink gave no reason");
    }
  };
  // A message whose verdict was `failed`.
  struct Unresolved {
    Message* message = nullptr;
    SinkIndex sink = kNoSink;
    Error error;
  };

  // A message, or the letter of one, of which a sink may hold more than it has said.
  struct Doubt {
    Message* original = nullptr;
    Message* sent = nullptr;  // itself, or its letter
    SinkIndex sink = kNoSink;
    bool only_writing_tells = false;
  };

  // A failure on its way to the dead-letter sink.
  struct DeadLetter {
    Message* original = nullptr;  // nothing once it is settled
    Message letter;               // what the sink borrows
    LetterCut cut = LetterCut::nothing;
  };

  // Groups a message with those that go to the same sink in the next write.
  void add_to_write(SinkIndex sink, Message& message) {
    for (Write& write : out) {
      if (write.sink == sink) {
        write.messages.push_back(&message);
        return;
      }
    }
    Write& write = out.emplace_back();
    write.sink = sink;
    write.messages.reserve(batch.size());
    write.messages.push_back(&message);
  }

  bool has_void() const {
    const auto is_void = [](const Message& message) {
      return message.ack.is_released();
    };
    return std::any_of(batch.messages().begin(), batch.messages().end(), is_void) ||
           std::any_of(batch.failed().begin(), batch.failed().end(), is_void);
  }
  bool has_open_letters() const {
    for (const DeadLetter& letter : letters) {
      if (letter.original != nullptr) return true;
    }
    return false;
  }

  std::shared_ptr<LaneGraph> graph;  // what it came through; first, for hooks of its stages hang on the acks
  Batch batch;
  TimePoint read_at;
  TimePoint sent_at{};                 // when the writes of the current attempt began
  WallTime first_failed_at{};          // of any of its messages, by a sink
  std::list<Write> out;                // the writes of the current attempt
  std::vector<Unresolved> unresolved;  // after judging them: what has to be sent again
  // Its messages that failed after persist; those that a stage failed are in batch.failed().
  std::vector<Message*> failures;
  std::deque<DeadLetter> letters;    // both kinds, in the order they were read
  std::vector<Unresolved> given_up;  // failures that their sink still waits for
  std::optional<TaskGroup> writes;   // one task per element of `out`; always there
  bool cut = false;  // its writes were cancelled: some of its messages are void, or the graph is changed
  // At a change of the graph:
  std::vector<Doubt> doubts;
  std::vector<Message*> left;  // what has no verdict, is a failure without a letter, or a letter without a verdict
  std::vector<Message> again;  // … and is nowhere: to be run again

  // A group that was cancelled runs nothing any more. Call it when the old one is empty.
  void renew_writes() {
    writes.emplace(executor_);
    cut = false;
  }

 private:
  Executor executor_;
};

}  // namespace weir
