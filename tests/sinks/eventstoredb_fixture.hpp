// Messages for the tests of the eventstoredb sink.
#pragma once

#include "connectors/eventstoredb/fake.hpp"
#include "pipeline/testing/fixture.hpp"
#include "sinks/eventstoredb/config.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace weir::sinks::eventstoredb {

namespace es = connectors::eventstoredb;

// A message and the memory it points to.
struct TestMessage {
  std::deque<std::string> text;
  std::vector<Header> headers;
  Message message;

  std::string_view keep(std::string value) { return text.emplace_back(std::move(value)); }
};

class SinkTest : public testing::VirtualTimeTest {
 protected:
  ~SinkTest() override {
    if (sink_ != nullptr) run(sink_->close());
  }

  es::FakeStore& store() { return *store_; }

  // The sink under test; made on first use with these settings.
  Sink& sink(SinkConfig config = {}, bool dead_letters = false) {
    if (sink_ == nullptr) {
      Result<SinkSettings> settings = make_settings(config, dead_letters);
      EXPECT_TRUE(settings.has_value());
      sink_ = make_sink(std::move(*settings), [this]() -> Result<std::shared_ptr<es::StoreClient>> { return store_; });
      EXPECT_TRUE(run(sink_->open()).has_value());
    }
    return *sink_;
  }

  // The n-th message of the lane: an event `id` for stream "Order-<aggregate>".
  Message& event(std::uint64_t id, const std::string& aggregate = "1", std::size_t data_bytes = 2) {
    TestMessage& made = *messages_.emplace_back(std::make_unique<TestMessage>());
    Message& message = made.message;
    message.sequence = messages_.size() - 1;
    message.origin = {made.keep("cluster-1"), made.keep("orders"), 3, static_cast<Offset>(message.sequence),
                      1'700'000'000'123};
    message.event.id = Uuid{7, id};
    message.event.type = "OrderPlaced";
    message.event.aggregate_type = "Order";
    message.event.aggregate_id = made.keep(aggregate);
    message.event.data = made.keep(data_bytes < 3 ? "{}" : "\"" + std::string(data_bytes - 2, 'x') + "\"");
    message.event.decoded = true;
    message.payload = made.keep("payload " + std::to_string(id));
    return message;
  }
  TestMessage& backing(const Message& message) { return *messages_[message.sequence]; }

  static std::vector<const Message*> refs(std::initializer_list<std::reference_wrapper<Message>> messages) {
    std::vector<const Message*> result;
    for (const Message& message : messages) result.push_back(&message);
    return result;
  }

  // weir is started again: a new sink over the same store.
  void restart() {
    run(sink_->close());
    sink_.reset();
  }

  WriteReport write(const std::vector<const Message*>& messages) {
    Result<WriteReport> report = run(sink().write(messages));
    EXPECT_TRUE(report.has_value());
    return report.has_value() ? std::move(*report) : WriteReport(messages.size(), Verdict::failed);
  }
  WriteReport write(std::initializer_list<std::reference_wrapper<Message>> messages) { return write(refs(messages)); }

  // Starts a write beside the test; its report lands in `place`.
  void start_write(std::vector<const Message*>& messages, std::optional<WriteReport>& place) {
    spawn("write", write_into(sink(), messages, place));
    run_until_idle();
  }
  static Task<void> write_into(Sink& sink, const std::vector<const Message*>& messages,
                               std::optional<WriteReport>& place) {
    const MessageRefs view = messages;
    Result<WriteReport> report = co_await sink.write(view);
    if (report.has_value()) place.emplace(std::move(*report));
  }

  static std::vector<Verdict> verdicts(const WriteReport& report) {
    std::vector<Verdict> result;
    for (std::size_t i = 0; i < report.size(); ++i) result.push_back(report.verdict(i));
    return result;
  }
  // The ids (their low halves) in a stream.
  std::vector<std::uint64_t> stored(const std::string& stream) const {
    std::vector<std::uint64_t> result;
    for (const es::RecordedEvent& event : store_->stream(stream)) result.push_back(event.id.low);
    return result;
  }

  std::shared_ptr<es::FakeStore> store_ = std::make_shared<es::FakeStore>(clock(), executor());

 private:
  std::deque<std::unique_ptr<TestMessage>> messages_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace weir::sinks::eventstoredb
