#include "testkit/kafka_line.hpp"

namespace weir::testkit {

namespace kf = connectors::kafka;

namespace {

// "orders/0 at 5", with "and 2 more" behind it where there are several.
std::string place_text(const TopicPartition& id, Offset offset, std::size_t others) {
  std::string text = id.topic + "/" + std::to_string(id.partition) + " at " + std::to_string(offset);
  if (others > 0) text += " and " + std::to_string(others) + " more";
  return text;
}

std::string count_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " partition" : " partitions");
}

// A ConsumerClient over the fake's. Lifetime, Executor, Cancellation: see there.
class ConsumerLine final : public kf::ConsumerClient {
 public:
  ConsumerLine(std::unique_ptr<kf::ConsumerClient> inner, std::shared_ptr<Lifeline> line)
      : inner_(std::move(inner)), line_(std::move(line)) {}

  Result<void> open(const Source::Lanes& lanes) override {
    if (line_->is_cut()) return Lifeline::dead();
    return inner_->open(lanes);
  }
  Task<kf::ControlEvent> next_event() override;
  void raise(kf::ControlEvent event) override { inner_->raise(std::move(event)); }
  Task<Result<std::vector<Offset>>> committed(std::vector<TopicPartition> ids) override;
  Task<Result<std::vector<kf::OffsetRange>>> ranges(std::vector<TopicPartition> ids) override;
  Task<Result<std::vector<TopicPartition>>> subscribed() override;
  Task<Result<void>> assign(std::vector<kf::PartitionStart> starts) override;
  Task<Result<void>> unassign() override;
  Task<Result<void>> commit(std::vector<Commit> offsets) override;
  void drain(LaneIndex lane, std::size_t max, std::pmr::memory_resource& memory, kf::Drained& out) override;
  Task<void> wait_readable(LaneIndex lane) override;
  void wake(LaneIndex lane) override { inner_->wake(lane); }
  Task<Result<void>> restart() override;
  std::shared_ptr<const std::string> cluster_id() const override { return inner_->cluster_id(); }
  std::vector<Offset> log_ends(const std::vector<TopicPartition>& ids) override {
    return line_->is_cut() ? std::vector<Offset>(ids.size(), kf::kUnknownOffset) : inner_->log_ends(ids);
  }
  Task<void> close(kf::Leaving leaving) override;

 private:
  const std::unique_ptr<kf::ConsumerClient> inner_;
  const std::shared_ptr<Lifeline> line_;
};

Task<kf::ControlEvent> ConsumerLine::next_event() {
  Task<kf::ControlEvent> waiting = inner_->next_event();
  kf::ControlEvent event = co_await std::move(waiting);
  if (line_->is_cut()) co_await line_->for_ever();
  co_return event;
}

Task<Result<std::vector<Offset>>> ConsumerLine::committed(std::vector<TopicPartition> ids) {
  if (!line_->enter(CallKind::committed, count_text(ids.size()))) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<std::vector<Offset>>> asking = inner_->committed(std::move(ids));
  Result<std::vector<Offset>> offsets = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return offsets;
}

Task<Result<std::vector<kf::OffsetRange>>> ConsumerLine::ranges(std::vector<TopicPartition> ids) {
  if (!line_->enter(CallKind::ranges, count_text(ids.size()))) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<std::vector<kf::OffsetRange>>> asking = inner_->ranges(std::move(ids));
  Result<std::vector<kf::OffsetRange>> ranges = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return ranges;
}

Task<Result<std::vector<TopicPartition>>> ConsumerLine::subscribed() {
  if (line_->is_cut()) co_return Lifeline::dead();
  Task<Result<std::vector<TopicPartition>>> asking = inner_->subscribed();
  Result<std::vector<TopicPartition>> ids = co_await std::move(asking);
  co_return ids;
}

Task<Result<void>> ConsumerLine::assign(std::vector<kf::PartitionStart> starts) {
  if (!line_->enter(CallKind::assign, count_text(starts.size()))) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<void>> asking = inner_->assign(std::move(starts));
  Result<void> done = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return done;
}

Task<Result<void>> ConsumerLine::unassign() {
  std::string target;
  if (!line_->enter(CallKind::unassign, std::move(target))) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<void>> asking = inner_->unassign();
  Result<void> done = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return done;
}

Task<Result<void>> ConsumerLine::commit(std::vector<Commit> offsets) {
  std::string target;
  if (!offsets.empty()) target = place_text(offsets.front().id, offsets.front().offset, offsets.size() - 1);
  if (!line_->enter(CallKind::commit, std::move(target))) co_return Lifeline::dead();
  const std::size_t call = line_->last();
  Task<Result<void>> asking = inner_->commit(std::move(offsets));
  Result<void> done = co_await std::move(asking);
  if (!line_->leave(call)) co_return Lifeline::dead();
  co_return done;
}

// A fetch changes nothing at the broker: it is one place to die, when it has brought something.
void ConsumerLine::drain(LaneIndex lane, std::size_t max, std::pmr::memory_resource& memory, kf::Drained& out) {
  if (line_->is_cut()) return out.clear();
  inner_->drain(lane, line_->most_messages(max), memory, out);
  if (out.records.empty()) return;
  const kf::RawRecord& last = out.records.back();
  const TopicPartition id{std::string(last.topic), last.partition};
  if (!line_->enter(CallKind::fetch, place_text(id, last.offset, 0))) return out.clear();
  line_->count_messages(out.records.size());
  if (line_->is_cut()) out.clear();
}

Task<void> ConsumerLine::wait_readable(LaneIndex lane) {
  Task<void> waiting = inner_->wait_readable(lane);
  co_await std::move(waiting);
}

Task<Result<void>> ConsumerLine::restart() {
  if (line_->is_cut()) co_return Lifeline::dead();
  Task<Result<void>> asking = inner_->restart();
  Result<void> done = co_await std::move(asking);
  co_return done;
}

// The dead do not take their leave.
Task<void> ConsumerLine::close(kf::Leaving leaving) {
  if (line_->is_cut()) co_return;
  Task<void> closing = inner_->close(leaving);
  co_await std::move(closing);
}

// A ProducerClient over the fake's. Lifetime, Executor, Cancellation: see there.
class ProducerLine final : public kf::ProducerClient {
 public:
  ProducerLine(std::shared_ptr<kf::ProducerClient> inner, std::shared_ptr<Lifeline> line)
      : inner_(std::move(inner)), line_(std::move(line)) {}

  Result<void> open() override { return line_->is_cut() ? Result<void>(Lifeline::dead()) : inner_->open(); }
  // The report of a dead process never comes; its sink's wait is cancelled with it.
  void produce(const kf::OutRecord& record, const Executor& executor, kf::DeliveryHandler done) override {
    if (!line_->enter(CallKind::produce, std::string(record.topic))) return;
    const std::size_t call = line_->last();
    inner_->produce(record, executor, [line = line_, call, done = std::move(done)](Result<Offset> result) {
      if (line->leave(call)) done(std::move(result));
    });
  }
  void close(Duration limit) override {
    if (!line_->is_cut()) inner_->close(limit);
  }

 private:
  const std::shared_ptr<kf::ProducerClient> inner_;
  const std::shared_ptr<Lifeline> line_;
};

}  // namespace

kf::KafkaClients kafka_clients(kf::FakeKafka& kafka, const std::string& host, Clock& clock,
                               std::shared_ptr<Lifeline> line) {
  kf::KafkaClients clients = kafka.clients(host)(clock);
  clients.make_consumer = [make = clients.make_consumer, line](kf::ConsumerSettings settings) {
    return std::make_unique<ConsumerLine>(make(std::move(settings)), line);
  };
  clients.make_producer = [make = clients.make_producer, line](kf::ProducerSettings settings) {
    return std::make_shared<ProducerLine>(make(std::move(settings)), line);
  };
  return clients;
}

}  // namespace weir::testkit
