// The steps of a lane's loops (runner.cpp), but for those with dead letters (lane_letters.cpp). None of them waits but
// write(), which awaits a sink: it runs as a task of its own, one per sink of a batch, and the tail loop waits for it.
#include "pipeline/engine/lane.hpp"

#include <algorithm>

namespace weir {

namespace {

std::int64_t to_microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

// Calls visit(topic, number of messages) for each run of messages of one topic.
template <class F>
void for_each_topic_run(const std::vector<Message>& messages, F&& visit) {
  for (std::size_t i = 0; i < messages.size();) {
    const std::string_view topic = messages[i].origin.topic;
    std::size_t end = i + 1;
    while (end < messages.size() && messages[end].origin.topic == topic) ++end;
    visit(topic, end - i);
    i = end;
  }
}

}  // namespace

void Lane::count_read(Batch& batch) {
  for (Message& message : batch.messages()) message.sequence = next_sequence_++;
  RunnerMetrics& metrics = scope_.metrics;
  metrics.consumed.add(batch.size());
  metrics.batches.add();
  metrics.batch_size.observe(batch.size());
  for_each_topic_run(batch.messages(),
                     [this](std::string_view topic, std::size_t n) { topic_consumed_.of(topic).add(n); });

  const TimePoint now = scope_.clock.now();
  if (last_batch_at_ && scope_.backlog.load(std::memory_order_relaxed)) {
    const std::int64_t gap = to_microseconds(now - *last_batch_at_);
    if (gap > metrics.longest_gap_us.value()) metrics.longest_gap_us.set(gap);
  }
  last_batch_at_ = now;
}

// What a stage marked leaves the batch: dropped messages are settled and counted, failures wait for step 5.
void Lane::strip(Batch& batch) {
  std::vector<Message>& messages = batch.messages();
  const auto is_marked = [](const Message& message) {
    return !message.is_live();
  };
  auto kept = std::find_if(messages.begin(), messages.end(), is_marked);
  for (auto next = kept; next != messages.end(); ++next) {
    if (next->is_live()) {
      *kept++ = std::move(*next);
    } else if (next->failure != nullptr) {
      batch.failed().push_back(std::move(*next));
    } else {
      dropped_.of(next->drop_reason).add();
      std::move(next->ack).done(Settlement::dropped);
    }
  }
  messages.erase(kept, messages.end());
}

bool Lane::is_void(const Batch& batch) const {
  const auto open = [](const Message& message) {
    return message.ack.pending() && !message.ack.is_released();
  };
  return std::none_of(batch.messages().begin(), batch.messages().end(), open) &&
         std::none_of(batch.failed().begin(), batch.failed().end(), open);
}

void Lane::choose_sinks(InFlight& entry) {
  const LaneGraph& graph = *entry.graph;
  for (Message& message : entry.batch.messages()) {
    if (message.sink == kNoSink) message.sink = graph.settings->default_sink;
    if (message.sink < graph.sinks.size()) continue;
    fail(message,
         Error(Errc::data,
               "no stage chose a sink for this message and the pipeline has no default: add a `route` stage"),
         "persist", 1, scope_.clock.wall_now());
    entry.failures.push_back(&message);
  }
}

void Lane::send(InFlight& entry) {
  for (Message& message : entry.batch.messages()) {
    if (message.failure != nullptr) continue;
    if (message.ack.is_released()) {  // taken away while it was in the head's hands
      std::move(message.ack).redeliver();
      continue;
    }
    entry.add_to_write(message.sink, message);
  }
  start_writes(entry);
}

void Lane::send_again(InFlight& entry) {
  entry.out.clear();
  for (const InFlight::Unresolved& unresolved : entry.unresolved)
    entry.add_to_write(unresolved.sink, *unresolved.message);
  entry.unresolved.clear();
  start_writes(entry);
}

void Lane::start_writes(InFlight& entry) {
  entry.sent_at = scope_.clock.now();
  for (InFlight::Write& one : entry.out) {
    const SinkSlot& slot = entry.graph->sinks[one.sink];
    entry.writes->spawn("write to " + slot.name, write(*slot.sink->sink, sink_duration_.of(slot.name), one));
  }
}

Task<void> Lane::write(Sink& sink, Histogram& duration, InFlight::Write& write) {
  const MessageRefs messages(write.messages);
  const TimePoint begun = scope_.clock.now();
  Result<WriteReport> report = co_await sink.write(messages);
  duration.observe(microseconds_since(begun));
  if (report.has_value() && report->size() != messages.size()) {
    report = Error(Errc::internal, "the sink gave " + std::to_string(report->size()) + " verdicts for " +
                                       std::to_string(messages.size()) + " messages");
  }
  write.result = std::move(report);
  write.answered = true;
}

// Sorts what the sinks have said: stored, failure, or to be sent again.
void Lane::judge(InFlight& entry, std::uint32_t attempt) {
  const WallTime now = scope_.clock.wall_now();
  std::uint64_t written = 0;
  std::uint64_t duplicates = 0;
  for (InFlight::Write& write : entry.out) {
    if (write.result.has_value() && write.result->all_written()) {
      written += write.messages.size();
      continue;
    }
    for (std::size_t i = 0; i < write.messages.size(); ++i) {
      const Verdict verdict = write.result.has_value() ? write.result->verdict(i) : Verdict::failed;
      if (verdict == Verdict::written) {
        ++written;
        continue;
      }
      if (verdict == Verdict::duplicate) {
        ++duplicates;
        continue;
      }
      if (entry.first_failed_at == WallTime{}) entry.first_failed_at = now;
      if (verdict == Verdict::rejected) {
        fail(*write.messages[i], write.reason(i, Errc::data), entry.graph->sinks[write.sink].name, attempt, now);
        entry.failures.push_back(write.messages[i]);
      } else {
        Error error = write.reason(i, Errc::unknown_outcome);
        errors_by_class_.of(to_string(error.code())).add();
        entry.unresolved.push_back({write.messages[i], write.sink, std::move(error)});
      }
    }
  }
  scope_.metrics.written.add(written);
  scope_.metrics.duplicates.add(duplicates);
  entry.out.clear();
}

// on_exhausted: dlq.
void Lane::give_up(InFlight& entry, std::uint32_t attempt) {
  for (InFlight::Unresolved& unresolved : entry.unresolved) {
    const std::string& sink = entry.graph->sinks[unresolved.sink].name;
    fail(*unresolved.message, unresolved.error, sink, attempt, entry.first_failed_at);
    entry.failures.push_back(unresolved.message);
  }
  entry.given_up = std::move(entry.unresolved);
  entry.unresolved.clear();
}

InFlight* Lane::find_cut() {
  InFlight* found = nullptr;
  window_.for_each([&found](InFlight& entry) {
    if (entry.cut && found == nullptr) found = &entry;
  });
  return found;
}

// Messages whose partition was taken away are not tried again: that is up to its new owner.
void Lane::release_void(InFlight& entry) {
  std::vector<InFlight::Unresolved> gone;
  std::erase_if(entry.unresolved, [&gone](InFlight::Unresolved& unresolved) {
    if (!unresolved.message->ack.is_released()) return false;
    std::move(unresolved.message->ack).redeliver();
    gone.push_back(std::move(unresolved));
    return true;
  });
  forget(entry, gone);
}

void Lane::collect_failures(InFlight& entry) {
  if (entry.failures.empty() && entry.batch.failed().empty()) return;
  for (Message& message : entry.batch.failed()) entry.failures.push_back(&message);
  std::sort(entry.failures.begin(), entry.failures.end(),
            [](const Message* a, const Message* b) { return a->sequence < b->sequence; });
  for (Message* message : entry.failures) {
    errors_by_class_.of(to_string(message->failure->error.code())).add();
    topic_errors_.of(message->origin.topic).add();
    log_failure(*message);
    if (drop_own_letter(*entry.graph->settings, *message)) continue;
    entry.letters.emplace_back().original = message;
  }
}

void Lane::forget(const InFlight& entry, const std::vector<InFlight::Unresolved>& messages) {
  if (messages.empty()) return;
  std::vector<std::vector<const Message*>> by_sink(entry.graph->sinks.size());
  for (const InFlight::Unresolved& one : messages) by_sink[one.sink].push_back(one.message);
  for (SinkIndex sink = 0; sink < by_sink.size(); ++sink) {
    if (!by_sink[sink].empty()) entry.graph->sink(sink).forget(by_sink[sink]);
  }
}

std::uint64_t Lane::microseconds_since(TimePoint begun) const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_microseconds(scope_.clock.now() - begun)));
}

void Lane::count_settled(const InFlight& entry) {
  const std::uint64_t latency = microseconds_since(entry.read_at);
  scope_.metrics.batch_latency.observe(latency);
  for_each_topic_run(entry.batch.messages(), [this, latency](std::string_view topic, std::size_t) {
    topic_duration_.of(topic).observe(latency);
  });
}

void Lane::fail(Message& message, Error error, std::string_view component, std::uint32_t attempts, WallTime first) {
  auto failure = std::make_unique<Failure>();
  failure->error = std::move(error);
  failure->component = component;
  failure->attempts = attempts;
  failure->first_failed_at = first;
  failure->last_failed_at = scope_.clock.wall_now();
  message.failure = std::move(failure);
}

Error Lane::stage_error(const StageSlot& slot, const Error& error) const {
  return error.with_context("stage '" + std::string(slot.context->stage_name()) + "'");
}

void Lane::log_retry(const InFlight& entry, std::uint32_t attempt, Duration wait) {
  std::uint64_t held = 0;
  if (!retry_log_.allow(to_milliseconds(scope_.clock.now()), &held)) return;
  const InFlight::Unresolved& first = entry.unresolved.front();
  const Message& message = *first.message;
  log::warn("writing failed; trying again",
            {{"pipeline", scope_.pipeline},
             {"component", entry.graph->sinks[first.sink].name},
             {"lane", index_},
             {"attempt", attempt},
             {"wait_ms", std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()},
             {"messages", entry.unresolved.size()},
             {"error_class", to_string(first.error.code())},
             {"error", first.error.message()},
             {"topic", message.origin.topic},
             {"partition", message.origin.partition},
             {"offset", message.origin.offset},
             {"suppressed", held}});
}

void Lane::log_failure(const Message& message) {
  std::uint64_t held = 0;
  if (!failure_log_.allow(to_milliseconds(scope_.clock.now()), &held)) return;
  const std::string event_id = message.event.id ? message.event.id->str() : std::string();
  const Failure& failure = *message.failure;
  log::warn("a message failed", {{"pipeline", scope_.pipeline},
                                 {"component", failure.component},
                                 {"error_class", to_string(failure.error.code())},
                                 {"error", failure.error.message()},
                                 {"attempts", failure.attempts},
                                 {"topic", message.origin.topic},
                                 {"partition", message.origin.partition},
                                 {"offset", message.origin.offset},
                                 {"event_id", event_id},
                                 {"correlation_id", message.event.correlation_id},
                                 {"suppressed", held}});
}

void Lane::log_held_failures() {
  std::uint64_t held = 0;
  const std::int64_t much_later = to_milliseconds(scope_.clock.now() + std::chrono::hours(1));
  if (!failure_log_.allow(much_later, &held) || held == 0) return;
  log::warn("more messages failed like those above",
            {{"pipeline", scope_.pipeline}, {"lane", index_}, {"messages", held}});
}

}  // namespace weir
