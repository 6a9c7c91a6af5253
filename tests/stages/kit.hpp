// What the tests of stages share: messages made by hand, a context, and a stage run without an engine.
#pragma once

#include "pipeline/base/metrics.hpp"
#include "pipeline/partition_ledger.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/testing/fixture.hpp"
#include "pipeline/testing/inline_blocking.hpp"
#include "pipeline/topology/registry.hpp"

#include <list>
#include <string>
#include <vector>

namespace weir::stages::testing {

class Context final : public StageContext {
 public:
  explicit Context(Clock& clock) : clock_(clock) {}
  TimePoint now() const override { return clock_.now(); }
  WallTime wall_now() const override { return clock_.wall_now(); }
  LaneIndex lane() const override { return 0; }
  std::string_view stage_name() const override { return "the-stage"; }

 private:
  Clock& clock_;
};

// A record as a test writes it.
struct Record {
  std::string payload = {};
  std::string key = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string topic = "orders";
  Partition partition = 0;
  Offset offset = 0;
  std::int64_t timestamp_ms = -1;
  bool tombstone = false;
};

class StageTest : public weir::testing::VirtualTimeTest {
 protected:
  // The message of a record, in `batch`. Bytes are held in blocks of exactly their size, so that a sanitizer sees a
  // read past the end.
  Message& add(Batch& batch, const Record& record) {
    Message message;
    if (!record.tombstone) message.payload = hold(record.payload);
    if (!record.key.empty()) message.key = hold(record.key);
    auto& headers = headers_.emplace_back();
    for (const auto& [name, value] : record.headers) headers.push_back({hold(name), hold(value)});
    message.headers = headers;
    message.origin = {"", hold(record.topic), record.partition, record.offset, record.timestamp_ms};
    batch.messages().reserve(4096);
    return batch.messages().emplace_back(std::move(message));
  }

  void process(Stage& stage, Batch& batch) {
    Result<void> done = run(stage.process(batch, context_));
    ASSERT_TRUE(done.has_value());
  }

  BuildContext build_context() {
    return BuildContext{
        "test-pipeline", "the-stage", 0, 1, clock(), metrics_, blocking_, {}, {"events", "audit", "dlq"}, {}, {}};
  }
  std::uint64_t counter(std::string_view name) {
    return metrics_.counter(name, {{"component", "the-stage"}, {"pipeline", "test-pipeline"}}).value();
  }

  Metrics metrics_;
  weir::testing::InlineBlocking blocking_;
  Context context_{clock()};

 private:
  std::string_view hold(const std::string& bytes) {
    auto& block = bytes_.emplace_back(std::make_unique<char[]>(std::max<std::size_t>(bytes.size(), 1)));
    bytes.copy(block.get(), bytes.size());
    return {block.get(), bytes.size()};
  }
  std::list<std::unique_ptr<char[]>> bytes_;
  std::list<std::vector<Header>> headers_;
};

}  // namespace weir::stages::testing
