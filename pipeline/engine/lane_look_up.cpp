// What becomes of messages that have no verdict when their lane takes another graph (step 8 of runner.cpp): the sinks that
// they were given to are asked what they hold. What is there is settled, what is not there is run again; and while a sink
// cannot say, the lane waits, for a guess would lose a message or write it twice.
#include "pipeline/engine/lane.hpp"

#include <algorithm>
#include <utility>

namespace weir {

// Returns when it is known of everything in the entry where it is; what is nowhere is in entry.again.
Task<void> Lane::look_up_the_rest(InFlight& entry) {
  gather_doubts(entry);
  for (std::uint32_t attempt = 1;; ++attempt) {
    release_void_doubts(entry);
    if (entry.doubts.empty()) break;
    co_await ask_sinks(entry);
    co_await write_what_cannot_be_asked_for(entry);
    if (entry.doubts.empty()) break;
    co_await back_off(policy().retry.backoff(attempt));
    co_await join_writes(entry);
  }
  doubt_.clear();
  take_what_is_left(entry);
}

// A message whose attempts are used up is in doubt twice: its sink may have it, and the dead-letter sink its letter.
void Lane::gather_doubts(InFlight& entry) {
  for (const InFlight::Unresolved& one : entry.unresolved) {
    entry.left.push_back(one.message);
    entry.doubts.push_back({one.message, one.message, one.sink});
  }
  for (const InFlight::Unresolved& one : entry.given_up) entry.doubts.push_back({one.message, one.message, one.sink});
  for (InFlight::DeadLetter& dead : entry.letters) {
    const bool was_sent = dead.original != nullptr && dead.letter.sink != kNoSink;
    if (was_sent) entry.doubts.push_back({dead.original, &dead.letter, dead.letter.sink});
  }
  entry.unresolved.clear();
  entry.given_up.clear();
  for (Message* failure : entry.failures) entry.left.push_back(failure);
  for (Message& failed : entry.batch.failed()) entry.left.push_back(&failed);
  drop_resolved_doubts(entry);
}

Task<void> Lane::ask_sinks(InFlight& entry) {
  const std::size_t sinks = entry.graph->sinks.size();
  for (SinkIndex sink = 0; sink < sinks; ++sink) {
    std::vector<const Message*> sent;
    for (const InFlight::Doubt& doubt : entry.doubts) {
      if (doubt.sink == sink) sent.push_back(doubt.sent);
    }
    if (sent.empty()) continue;
    const MessageRefs messages(sent);
    Result<std::vector<Presence>> answers = co_await entry.graph->sink(sink).look_up(messages);
    if (answers.has_value() && answers->size() != sent.size()) {
      answers = Error(Errc::internal, "the sink gave " + std::to_string(answers->size()) + " answers for " +
                                          std::to_string(sent.size()) + " messages");
    }
    take_answers(entry, sink, answers);
  }
}

void Lane::take_answers(InFlight& entry, SinkIndex sink, const Result<std::vector<Presence>>& answers) {
  std::size_t next = 0;
  for (InFlight::Doubt& doubt : entry.doubts) {
    if (doubt.sink != sink) continue;
    const Presence presence = answers.has_value() ? (*answers)[next++] : Presence::unknown;
    if (presence == Presence::unknown) {
      static const Error kOut(Errc::unknown_outcome, "its last write has not been answered yet");
      note_doubt(entry, doubt, answers.has_value() ? kOut : answers.error());
    }
    resolve(doubt, presence);
  }
  drop_resolved_doubts(entry);
}

// To a sink that cannot be read: what it was given is written there again, and only the verdict counts.
Task<void> Lane::write_what_cannot_be_asked_for(InFlight& entry) {
  entry.out.clear();
  for (InFlight::Doubt& doubt : entry.doubts) {
    if (doubt.only_writing_tells) entry.add_to_write(doubt.sink, *doubt.sent);
  }
  if (entry.out.empty()) co_return;
  start_writes(entry);
  co_await join_writes(entry);
  take_verdicts(entry);
  entry.out.clear();
}

void Lane::take_verdicts(InFlight& entry) {
  for (const InFlight::Write& write : entry.out) {
    for (std::size_t i = 0; i < write.messages.size(); ++i) {
      const auto doubt = std::find_if(entry.doubts.begin(), entry.doubts.end(), [&](const InFlight::Doubt& one) {
        return one.sink == write.sink && one.sent == write.messages[i];
      });
      const Verdict verdict = write.result.has_value() ? write.result->verdict(i) : Verdict::failed;
      if (verdict == Verdict::failed) {
        note_doubt(entry, *doubt, write.reason(i, Errc::unknown_outcome));
      } else {
        resolve(*doubt, verdict == Verdict::rejected ? Presence::absent : Presence::present);
      }
    }
  }
  drop_resolved_doubts(entry);
}

// A doubt that is resolved has no original any more, or one that is settled.
void Lane::resolve(InFlight::Doubt& doubt, Presence presence) {
  doubt.only_writing_tells = presence == Presence::only_writing_tells;
  if (presence == Presence::absent) {
    doubt.original = nullptr;
  } else if (presence == Presence::present && doubt.original->ack.pending()) {
    const bool is_letter = doubt.sent != doubt.original;
    std::move(doubt.original->ack).done(is_letter ? Settlement::dead_lettered : Settlement::stored);
    (is_letter ? scope_.metrics.dead_lettered : scope_.metrics.written).add();
    ++switch_report_.found;
  }
}

// Their sinks are told: whether a message is there or goes another way now, it is not offered to them again.
void Lane::drop_resolved_doubts(InFlight& entry) {
  std::vector<InFlight::Unresolved> gone;
  std::erase_if(entry.doubts, [&gone](const InFlight::Doubt& doubt) {
    if (doubt.original != nullptr && doubt.original->ack.pending()) return false;
    gone.push_back({doubt.sent, doubt.sink, {}});
    return true;
  });
  forget(entry, gone);
}

// Messages whose partition was taken away are up to its new owner.
void Lane::release_void_doubts(InFlight& entry) {
  for (Message* message : entry.left) {
    if (message->ack.pending() && message->ack.is_released()) std::move(message->ack).redeliver();
  }
  drop_resolved_doubts(entry);
}

// For people: the first of them stands for all.
void Lane::note_doubt(const InFlight& entry, const InFlight::Doubt& doubt, const Error& why) {
  if (&doubt != &entry.doubts.front()) return;
  const Origin& origin = doubt.original->origin;
  doubt_ = "sink '" + entry.graph->sinks[doubt.sink].name + "' cannot say yet whether it has " +
           (doubt.sent == doubt.original ? "the message from " : "the dead letter of ") + std::string(origin.topic) +
           "/" + std::to_string(origin.partition) + " offset " + std::to_string(origin.offset) + " (" + why.message() +
           "); it is asked again and again, and until it answers nothing is read";
}

void Lane::take_what_is_left(InFlight& entry) {
  std::sort(entry.left.begin(), entry.left.end(),
            [](const Message* a, const Message* b) { return a->sequence < b->sequence; });
  for (Message* message : entry.left) {  // one that is named twice has no duty any more the second time
    if (message->ack.pending()) entry.again.push_back(std::move(*message));
  }
  entry.left.clear();
}

// What was in the window a moment ago and is nowhere takes the new way, before anything that was read later.
void Lane::carry_over(InFlight& entry) {
  if (entry.again.empty()) return;
  InHand hand{entry.graph, std::move(entry.batch), entry.read_at, entry.again.front().sequence};
  hand.batch.failed().clear();
  hand.batch.messages() = std::move(entry.again);
  switch_report_.run_again += hand.batch.size();
  const auto later =
      std::find_if(carried_.begin(), carried_.end(), [&hand](const InHand& other) { return other.first > hand.first; });
  carried_.insert(later, std::move(hand));
}

}  // namespace weir
