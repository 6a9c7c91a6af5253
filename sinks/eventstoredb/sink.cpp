#include "sinks/eventstoredb/sink.hpp"

#include "pipeline/ordered_writes.hpp"
#include "sinks/eventstoredb/log_head.hpp"
#include "sinks/eventstoredb/stored_events.hpp"
#include "sinks/eventstoredb/stream_memory.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weir::sinks::eventstoredb {
namespace {

namespace es = connectors::eventstoredb;

class EventStoreSink final : public Sink, private OrderedWrites::Sender {
 public:
  EventStoreSink(SinkSettings settings, FindStore find_store)
      : settings_(std::move(settings)),
        find_store_(std::move(find_store)),
        writes_(*this, OrderGate::Limits{settings_.limits.events, settings_.limits.bytes},
                settings_.streams_in_flight) {}

  Task<Result<void>> open() override {
    Result<std::shared_ptr<es::StoreClient>> store = find_store_();
    if (store.has_error()) co_return store.error();
    store_ = std::move(*store);
    const Executor executor = co_await boost::asio::this_coro::executor;
    head_.emplace(executor);
    co_return Result<void>();
  }
  Task<Result<WriteReport>> write(MessageRefs messages) override { return writes_.write(messages); }
  void forget(MessageRefs messages) override { writes_.forget(messages); }
  // A request that the store has not looked at yet could still come after the reading: it has ended here, by an answer or
  // by its deadline, before anything is read.
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override {
    std::vector<Presence> found = writes_.look_up(messages);
    std::map<std::string, std::vector<std::size_t>> by_stream;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i] != Presence::only_writing_tells) continue;
      std::string stream;
      if (settings_.stream.render(*messages[i], stream).has_value()) by_stream[std::move(stream)].push_back(i);
    }
    for (const auto& [stream, places] : by_stream) {
      std::vector<Uuid> ids;
      for (std::size_t place : places) ids.push_back(event_id(*messages[place], settings_.mode));
      const std::size_t page = std::min(ids.size(), kStoredPage);
      const es::StreamStart end = es::StreamStart::from_end();
      Result<StoredEvents> stored =
          co_await find_stored(*store_, stream, end, std::move(ids), page, settings_.limits.read_back);
      if (stored.has_error()) {
        const Errc code = stored.error().code();
        if (code == Errc::permission_denied) continue;  // a writer may lack the right to read
        if (code != Errc::stream_deleted) co_return stored.error().with_context("stream '" + stream + "'");
        stored = StoredEvents{.by_id = {}, .stream_exists = false, .looked_at_all = true};
      }
      for (std::size_t place : places) {
        const bool is_there = stored->by_id.contains(event_id(*messages[place], settings_.mode));
        // What may lie further back than was read is written again, with the same id.
        if (is_there || stored->looked_at_all) found[place] = is_there ? Presence::present : Presence::absent;
      }
    }
    co_return found;
  }
  Task<void> close() override {
    co_await writes_.close();
    store_.reset();
  }

 private:
  Result<Order> key_of(const Message& message, std::string& stream) override {
    Result<void> accepted = settings_.stream.render(message, stream);
    if (accepted.has_value()) accepted = check_encodable(message, settings_.mode, settings_.system_types);
    if (accepted.has_error()) return accepted.error();
    return Order::by_key;
  }
  std::size_t size_of(const Message& message) override { return estimated_size(message, settings_.mode); }
  void send(OrderedWrites::Run run, MessageRefs messages) override {
    EncodedRun events = encode(messages, settings_.mode);
    const AppendTools tools{*store_, settings_.limits, settings_.known, *head_, streams_};
    run.settle_by("append", append_run(tools, std::string(run.key()), std::move(events), leaves_doubt(run, messages)));
  }

  bool leaves_doubt(const OrderedWrites::Run& run, MessageRefs messages) const {
    if (settings_.shared_streams == SharedStreams::allow || settings_.mode == EncodeMode::dead_letter) return false;
    return std::any_of(messages.begin(), messages.end(), [this, &run](const Message* message) {
      return settings_.stream.leaves_doubt(*message, run.key());
    });
  }

  SinkSettings settings_;
  FindStore find_store_;
  std::shared_ptr<es::StoreClient> store_;
  std::optional<LogHead> head_;
  StreamMemory streams_;
  OrderedWrites writes_;
};

}  // namespace

std::unique_ptr<Sink> make_sink(SinkSettings settings, FindStore find_store) {
  return std::make_unique<EventStoreSink>(std::move(settings), std::move(find_store));
}

}  // namespace weir::sinks::eventstoredb
