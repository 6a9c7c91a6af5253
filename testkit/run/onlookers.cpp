#include "testkit/run/onlookers.hpp"

#include "testkit/run/watch.hpp"

namespace weir::testkit {

namespace {

// The first line of a reason: what comes behind it is for those who mend things.
std::string brief(const std::string& reason) {
  constexpr std::size_t kMost = 160;
  std::string line = reason.substr(0, reason.find('\n'));
  if (line.size() <= kMost) return line;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;  // not within a character
  return line.substr(0, end) + "...";
}

// Lifetime, Executor, Cancellation, Errors: those of the stage inside.
class WatchedStage final : public Stage {
 public:
  WatchedStage(std::unique_ptr<Stage> inner, bool is_first, std::vector<std::string> sinks, Watch& watch)
      : inner_(std::move(inner)), is_first_(is_first), sinks_(std::move(sinks)), watch_(watch) {}

  Task<Result<void>> process(Batch& batch, StageContext& context) override {
    routes_.clear();
    for (const Message& message : batch.messages()) {
      if (is_first_) watch_.seen(message);
      routes_.push_back(message.sink);
    }
    Result<void> done = co_await inner_->process(batch, context);
    tell(batch, std::string(context.stage_name()), done);
    co_return done;
  }

 private:
  void tell(const Batch& batch, const std::string& name, const Result<void>& done) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Message& message = batch.messages()[i];
      if (!message.drop_reason.empty())
        watch_.happened(message, name + " dropped: " + std::string(message.drop_reason), true);
      else if (message.failure != nullptr)
        watch_.happened(message, name + " failed: " + brief(message.failure->error.message()), true);
      else if (done.has_error())
        watch_.happened(message, name + " could not work: " + brief(done.error().message()), true);
      else if (message.sink != routes_[i] && message.sink < sinks_.size())
        watch_.happened(message, name + " to " + sinks_[message.sink]);
      else
        watch_.happened(message, name);
    }
  }

  const std::unique_ptr<Stage> inner_;
  const bool is_first_;
  const std::vector<std::string> sinks_;
  Watch& watch_;
  std::vector<SinkIndex> routes_;  // before the stage
};

// Lifetime, Executor, Cancellation, Errors: those of the sink inside.
class WatchedSink final : public Sink {
 public:
  struct Settings {
    std::string name;
    Output::Kind kind = Output::Kind::message;
    bool letters = false;
  };
  WatchedSink(std::unique_ptr<Sink> inner, Settings settings, Watch& watch)
      : inner_(std::move(inner)), settings_(std::move(settings)), watch_(watch) {}

  Task<Result<void>> open() override { return inner_->open(); }
  Task<void> close() override { return inner_->close(); }
  void forget(MessageRefs messages) override { inner_->forget(messages); }
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override { return inner_->look_up(messages); }

  Task<Result<WriteReport>> write(MessageRefs messages) override {
    for (const Message* message : messages) watch_.offered(settings_.name, settings_.kind, settings_.letters, *message);
    Result<WriteReport> report = co_await inner_->write(messages);
    for (std::size_t i = 0; i < messages.size(); ++i) tell(*messages[i], report, i);
    co_return report;
  }

 private:
  void tell(const Message& message, const Result<WriteReport>& report, std::size_t i) {
    const Verdict verdict = report.has_value() ? report->verdict(i) : Verdict::failed;
    const std::string why = reason(report, i);
    switch (verdict) {
      case Verdict::written:
        watch_.happened(message, settings_.name + " written");
        if (settings_.kind == Output::Kind::message) watch_.took(settings_.name, message);
        return;
      case Verdict::duplicate:
        watch_.happened(message, settings_.name + " had it already");
        return;
      case Verdict::rejected:
        watch_.happened(message, settings_.name + " refused it" + why, true);
        return;
      case Verdict::failed:
        watch_.happened(message, settings_.name + " failed" + why, true);
        return;
    }
  }

  static std::string reason(const Result<WriteReport>& report, std::size_t i) {
    if (report.has_error()) return ": " + brief(report.error().message());
    const Error* error = report->error(i);
    return error == nullptr ? std::string() : ": " + brief(error->message());
  }

  const std::unique_ptr<Sink> inner_;
  const Settings settings_;
  Watch& watch_;
};

}  // namespace

void watch_stage(ComponentPlan& stage, bool is_first, Watch& watch) {
  auto type = std::make_shared<ComponentType>(*stage.type);
  type->make_stage = [make = stage.type->make_stage, is_first, &watch](
                         const ComponentType::Config& config, BuildContext& context) -> Result<std::unique_ptr<Stage>> {
    Result<std::unique_ptr<Stage>> made = make(config, context);
    if (made.has_error()) return made;
    return std::unique_ptr<Stage>(std::make_unique<WatchedStage>(std::move(*made), is_first, context.sinks, watch));
  };
  stage.type = std::move(type);
}

void watch_sink(ComponentPlan& sink, Output::Kind kind, Watch& watch) {
  auto type = std::make_shared<ComponentType>(*sink.type);
  type->make_sink = [make = sink.type->make_sink, kind, &watch](
                        const ComponentType::Config& config, BuildContext& context) -> Result<std::unique_ptr<Sink>> {
    Result<std::unique_ptr<Sink>> made = make(config, context);
    if (made.has_error()) return made;
    const bool letters = context.role == SinkRole::dead_letters;
    WatchedSink::Settings settings{context.component, kind, letters};
    return std::unique_ptr<Sink>(std::make_unique<WatchedSink>(std::move(*made), std::move(settings), watch));
  };
  sink.type = std::move(type);
}

}  // namespace weir::testkit
