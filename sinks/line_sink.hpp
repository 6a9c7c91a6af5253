// LineSink: each message as one line, through a LineWriter. What the sinks `file` and `stdout` have in common.
#pragma once

#include "pipeline/description.hpp"
#include "pipeline/ordered_writes.hpp"
#include "pipeline/sink.hpp"
#include "sinks/line_writer.hpp"

#include <functional>
#include <memory>
#include <string>

namespace weir::sinks {

// Order (I2): to this sink all lines are one stream. A lane has one block of lines under way at a time, in the order of
// the messages; those that failed hold back all later ones until they are written again or forgotten.
//
// Lifetime, Executor: as Sink says. Cancellation: of a write, at once; the block under way may be written all
// the same, and what of it is sent again then stands there twice; close() waits for the block under way. Errors:
// the writer's, then for a whole block.
class LineSink final : public Sink, private OrderedWrites::Sender {
 public:
  // Appends the message without a line end.
  using AppendLine = void (*)(std::string& out, const Message& message);
  // Gets the writer; called by open().
  using FindWriter = std::function<Result<std::shared_ptr<LineWriter>>()>;

  LineSink(AppendLine append_line, FindWriter find_writer);

  Task<Result<void>> open() override;
  Task<Result<WriteReport>> write(MessageRefs messages) override;
  void forget(MessageRefs messages) override;
  // A block that failed was taken back: its lines are not there.
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override;
  Task<void> close() override;

 private:
  Result<Order> key_of(const Message& message, std::string& key) override;
  void send(OrderedWrites::Run run, MessageRefs messages) override;

  const AppendLine append_line_;
  const FindWriter find_writer_;
  std::shared_ptr<LineWriter> writer_;
  OrderedWrites writes_;
};

// What a sink of lines answers to the questions of `weir explain`.
void answer_as_lines(Description& description);

}  // namespace weir::sinks
