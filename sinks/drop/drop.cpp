#include "sinks/drop/drop.hpp"

namespace weir::sinks::drop {
namespace {

class DropSink final : public Sink {
 public:
  explicit DropSink(Counter& dropped) : dropped_(dropped) {}

  Task<Result<void>> open() override {
    Result<void> opened;
    co_return opened;
  }
  Task<Result<WriteReport>> write(MessageRefs messages) override {
    dropped_.add(messages.size());
    Result<WriteReport> report = WriteReport(messages.size());
    co_return report;
  }
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override {
    Result<std::vector<Presence>> none = std::vector<Presence>(messages.size(), Presence::absent);
    co_return none;
  }
  Task<void> close() override { co_return; }

 private:
  Counter& dropped_;
};

}  // namespace

Spec<DropConfig> drop_spec() {
  return Spec<DropConfig>("Confirms every message and keeps none: to measure a pipeline, or to try one out.");
}

std::unique_ptr<Sink> make_drop_sink(BuildContext& context) {
  const Labels labels{{"component", context.component}, {"pipeline", context.pipeline}};
  return std::make_unique<DropSink>(context.metrics.counter("weir_drop_sink_messages_total", labels));
}

void register_drop_sink(Registry& registry) {
  registry.add_sink<DropConfig>(
      "drop", drop_spec(),
      [](const DropConfig&, BuildContext& context) -> Result<std::unique_ptr<Sink>> { return make_drop_sink(context); },
      [](const DropConfig&, const FindDescription&) {
        Description description;
        description.guarantee = {Guarantee::Level::nothing, "nothing is kept"};
        description.says(Statement::About::order, "Nothing is kept, so there is no order.");
        return description;
      });
}

}  // namespace weir::sinks::drop
