// The steps of a lane's loops (runner.cpp) with dead letters: made, sent, cut, settled, or refused for good. None waits.
#include "pipeline/engine/dead_letter.hpp"
#include "pipeline/engine/lane.hpp"

namespace weir {

namespace {

constexpr std::string_view kOwnDeadLetter = "own_dead_letter";

}  // namespace

// A dead letter of this pipeline that was read where it puts them, and fails again: written once more it would go round
// for ever. It lies in its topic already.
bool Lane::drop_own_letter(const GraphSettings& settings, Message& message) {
  if (!settings.is_own_letter || !settings.is_own_letter(message)) return false;
  dropped_.of(kOwnDeadLetter).add();
  std::move(message.ack).done(Settlement::dropped);
  return true;
}

void Lane::make_letters(InFlight& entry) {
  const GraphSettings& settings = *entry.graph->settings;
  const DeadLetterContext context{scope_.pipeline, settings.config_hash};
  for (InFlight::DeadLetter& dead : entry.letters) {
    if (dead.original == nullptr) continue;
    dead.letter = make_dead_letter(entry.batch, *dead.original, *dead.original->failure, context);
    dead.letter.sink = settings.dlq;
    dead.letter.sequence = dead.original->sequence;
  }
}

void Lane::send_letters(InFlight& entry) {
  entry.out.clear();
  for (InFlight::DeadLetter& dead : entry.letters) {
    if (dead.original != nullptr) entry.add_to_write(dead.letter.sink, dead.letter);
  }
  start_writes(entry);
}

// Whether a letter that its sink has answered so is never written, whatever is tried. A right that is missing may be
// given in a moment (rights take their time to spread), so it is tried for.
bool Lane::is_refusal(Verdict verdict, const Error& why, bool exhausted) {
  if (verdict == Verdict::rejected || !why.retryable()) return true;
  return exhausted && why.code() == Errc::permission_denied;
}

Lane::LettersLeft Lane::settle_confirmed_letters(InFlight& entry, bool exhausted) {
  LettersLeft left;
  std::vector<InFlight::Unresolved> gone;
  const InFlight::Write& write = entry.out.front();
  std::size_t i = 0;  // the open letters are the messages of the write, in the same order
  for (InFlight::DeadLetter& dead : entry.letters) {
    if (dead.original == nullptr) continue;
    const Verdict verdict = write.result.has_value() ? write.result->verdict(i) : Verdict::failed;
    if (verdict == Verdict::written || verdict == Verdict::duplicate) {
      std::move(dead.original->ack).done(Settlement::dead_lettered);
      dead.original = nullptr;
      scope_.metrics.dead_lettered.add();
    } else if (dead.original->ack.is_released()) {
      drop_void_letter(dead, gone);  // whoever reads it now writes it, or is refused
    } else {
      const Error why = write.reason(i, Errc::unknown_outcome);
      const bool is_refused = is_refusal(verdict, why, exhausted);
      if (is_refused && cut_if_too_large(entry, dead, why)) {
        left.cut = true;
      } else if (std::optional<Error>& first = is_refused ? left.refused : left.unwritten; !first) {
        first = is_refused ? refused_letter_error(entry, *dead.original, why) : why;
      }
    }
    ++i;
  }
  entry.out.clear();  // it points to messages that are settled now
  forget(entry, gone);
  return left;
}

bool Lane::cut_if_too_large(InFlight& entry, InFlight::DeadLetter& dead, const Error& why) {
  if (why.code() != Errc::too_large) return false;
  const GraphSettings& settings = *entry.graph->settings;
  const DeadLetterContext context{scope_.pipeline, settings.config_hash};
  Message whole = make_dead_letter(entry.batch, *dead.original, *dead.original->failure, context);
  const std::optional<LetterCut> next = next_cut(whole, dead.cut);
  if (!next.has_value()) return false;
  dead.cut = *next;
  whole.sink = dead.letter.sink;
  dead.letter = cut_letter(entry.batch, whole, dead.cut);
  log::warn("a dead letter is too large for its sink; it is cut, and says so in its headers",
            {{"pipeline", scope_.pipeline},
             {"component", entry.graph->sinks[settings.dlq].name},
             {"error", why.message()},
             {"topic", dead.original->origin.topic},
             {"partition", dead.original->origin.partition},
             {"offset", dead.original->origin.offset},
             {"payload_bytes", dead.original->payload.size()},
             {"headers_cut", dead.cut == LetterCut::headers}});
  return true;
}

void Lane::release_void_letters(InFlight& entry) {
  std::vector<InFlight::Unresolved> gone;
  for (InFlight::DeadLetter& dead : entry.letters) {
    if (dead.original != nullptr && dead.original->ack.is_released()) drop_void_letter(dead, gone);
  }
  forget(entry, gone);
}

void Lane::drop_void_letter(InFlight::DeadLetter& dead, std::vector<InFlight::Unresolved>& gone) {
  std::move(dead.original->ack).redeliver();
  dead.original = nullptr;
  if (dead.letter.sink != kNoSink) gone.push_back({&dead.letter, dead.letter.sink, {}});
}

// A data error, which is what makes the program end with an exit code of its own.
Error Lane::refused_letter_error(const InFlight& entry, const Message& original, const Error& why) {
  return Error(Errc::data,
               "the sink '" + entry.graph->sinks[entry.graph->settings->dlq].name + "' refuses the dead letter of " +
                   std::string(original.origin.topic) + "/" + std::to_string(original.origin.partition) + " offset " +
                   std::to_string(original.origin.offset) + ", and would refuse it again: " + why.message() +
                   " (the message failed because of: " + original.failure->error.message() +
                   "). Nothing is lost: it is read again at the next start, once the sink takes it");
}

Error Lane::no_dlq_error(const InFlight& entry) const {
  for (const InFlight::DeadLetter& dead : entry.letters) {
    if (dead.original == nullptr) continue;
    const Message& message = *dead.original;
    return Error(message.failure->error.code(),
                 "the message at " + std::string(message.origin.topic) + "/" +
                     std::to_string(message.origin.partition) + " offset " + std::to_string(message.origin.offset) +
                     " cannot be processed (" + message.failure->error.message() +
                     ") and the pipeline has no sink named 'dlq' to put it in: add one and start again");
  }
  return Error();
}

}  // namespace weir
