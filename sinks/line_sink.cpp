#include "sinks/line_sink.hpp"

#include <algorithm>

namespace weir::sinks {
namespace {

// A block: large enough that a disk's sync is shared by many lines.
constexpr OrderGate::Limits kBlock{10'000, std::size_t{4} << 20};

// The writer outlives the wait, whatever close() does.
Task<Result<WriteReport>> append_block(std::shared_ptr<LineWriter> writer, std::string lines, std::size_t messages) {
  Result<void> written = co_await writer->write(std::move(lines));
  if (!written) co_return written.error();
  co_return WriteReport(messages);
}

bool all_failed(const WriteReport& report) {
  for (std::size_t i = 0; i < report.size(); ++i) {
    if (report.verdict(i) != Verdict::failed) return false;
  }
  return report.size() > 0;
}

}  // namespace

LineSink::LineSink(AppendLine append_line, FindWriter find_writer)
    : append_line_(append_line), find_writer_(std::move(find_writer)), writes_(*this, kBlock) {}

Task<Result<void>> LineSink::open() {
  Result<std::shared_ptr<LineWriter>> found = find_writer_();
  if (!found) co_return found.error();
  writer_ = std::move(*found);
  co_return Result<void>();
}

Task<Result<WriteReport>> LineSink::write(MessageRefs messages) {
  Result<WriteReport> report = co_await writes_.write(messages);
  // A block is written or not, as a whole: one error to tell.
  if (report.has_value() && all_failed(*report)) co_return *report->error(0);
  co_return std::move(report);
}

void LineSink::forget(MessageRefs messages) {
  writes_.forget(messages);
}

Task<Result<std::vector<Presence>>> LineSink::look_up(MessageRefs messages) {
  Result<std::vector<Presence>> known = writes_.look_up(messages);
  std::replace(known->begin(), known->end(), Presence::only_writing_tells, Presence::absent);
  co_return known;
}

Task<void> LineSink::close() {
  co_await writes_.close();
  writer_.reset();
}

Result<OrderedWrites::Sender::Order> LineSink::key_of(const Message&, std::string&) {
  return Order::by_key;
}

void LineSink::send(OrderedWrites::Run run, MessageRefs messages) {
  std::string lines;
  for (const Message* message : messages) {
    append_line_(lines, *message);
    lines.push_back('\n');
  }
  run.settle_by("append", append_block(writer_, std::move(lines), messages.size()));
}

void answer_as_lines(Description& description) {
  using About = Statement::About;
  description.says(About::order, "The lines of one lane stand in the order in which its records were read.")
      .says(About::redelivery, "It stands there once more; topic, partition and offset are on the line.")
      .says(About::stuck, "All later events of its lane that go to this sink wait for a line that cannot be written.");
}

}  // namespace weir::sinks
