#include "sinks/eventstoredb/stream_appender.hpp"

#include "pipeline/text/quotes.hpp"
#include "sinks/eventstoredb/log_head.hpp"
#include "sinks/eventstoredb/repeated_ids.hpp"
#include "sinks/eventstoredb/stored_events.hpp"
#include "sinks/eventstoredb/stream_memory.hpp"

#include <algorithm>
#include <deque>

namespace weir::sinks::eventstoredb {
namespace {

namespace es = connectors::eventstoredb;

// The server's own limit of one message; an event beyond it could not even be sent.
constexpr std::size_t kLargestEvent = 15 * 1024 * 1024;

// What became of one event. The error is set for rejected and failed.
struct EventVerdict {
  Verdict verdict = Verdict::failed;
  std::optional<Error> error;
};

// Some events of the run still to be appended, in order.
struct Work {
  std::vector<std::size_t> events;  // indices
  bool read_back = false;           // a conflict of these was resolved by reading already
};

class Run {
 public:
  Run(const AppendTools& tools, std::string stream, std::span<const es::NewEvent> events)
      : tools_(tools),
        store_(tools.store),
        stream_(std::move(stream)),
        events_(events),
        limits_(tools.limits),
        verdicts_(events.size()) {}

  Task<void> append_all(bool leaves_doubt) {
    if (tools_.known.look && !tools_.head.is_found()) {
      Result<void> found = co_await tools_.head.find(store_);
      if (found.has_error()) {
        fail_all(found.error());
        co_return;
      }
    }
    if (leaves_doubt) {
      Result<void> checked = co_await check_owner();
      if (checked.has_error()) {
        fail_all(checked.error());
        co_return;
      }
    }
    split();
    while (!work_.empty()) {
      Work work = std::move(work_.front());
      work_.pop_front();
      const std::vector<es::NewEvent> chosen = events_of(work);
      const std::span<const es::NewEvent> view = chosen;
      const es::ExpectedRevision expected = es::ExpectedRevision::any();
      const std::optional<es::LogPosition> before = tools_.head.highest();
      Result<es::AppendOutcome> outcome = co_await store_.append(stream_, expected, view);
      if (outcome.has_error()) {
        if (!settle_error(work, outcome.error())) co_return;
      } else if (const auto* conflict = std::get_if<es::RevisionConflict>(&*outcome)) {
        if (work.events.size() == 1) {
          fail_rest(work, lone_conflict(*conflict));
          co_return;
        }
        if (work.read_back) {
          split_in(work, 1);
          continue;
        }
        Result<void> resolved = co_await read_back(work);
        if (resolved.has_error()) {
          fail_rest(work, resolved.error());
          co_return;
        }
      } else {
        const es::Appended answer = std::get<es::Appended>(*outcome);
        if (answer.position.has_value()) tools_.head.saw(*answer.position);
        if (!tools_.known.look || before < answer.position) {
          settle_written(work, answer);
          continue;
        }
        const bool compares = tools_.known.on_conflict == OnConflict::dead_letter;
        if (answer.position.has_value() && !compares) {
          settle_all(work, Verdict::duplicate);
          continue;
        }
        Result<void> settled = co_await settle_known(work, answer);
        if (settled.has_error()) {
          fail_rest(work, settled.error());
          co_return;
        }
      }
    }
  }

  WriteReport report() const {
    WriteReport result(verdicts_.size());
    for (std::size_t i = 0; i < verdicts_.size(); ++i) {
      const auto& [verdict, error] = verdicts_[i];
      if (error.has_value()) {
        result.set(i, verdict, error->with_context("stream '" + stream_ + "'"));
      } else {
        result.set(i, verdict);
      }
    }
    return result;
  }

 private:
  // Cuts the run into appends within the limits. An id that comes again begins a new one: the store recognises
  // a known event only where it is the first.
  void split() {
    std::size_t bytes = 0;
    RepeatedIds ids(events_);
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (verdicts_[i].verdict == Verdict::rejected) continue;
      const std::size_t size = events_[i].size();
      if (size > kLargestEvent) {
        reject(i, Error(Errc::too_large, "the event has " + std::to_string(size) +
                                             " bytes; the event store takes at most " + std::to_string(kLargestEvent) +
                                             " in one event"));
        continue;
      }
      const bool repeats = ids.comes_again(i);
      const bool fits =
          !work_.empty() && !repeats && work_.back().events.size() < limits_.events && bytes + size <= limits_.bytes;
      if (!fits) {
        work_.emplace_back();
        bytes = 0;
      }
      work_.back().events.push_back(i);
      bytes += size;
    }
  }

  std::vector<es::NewEvent> events_of(const Work& work) const {
    std::vector<es::NewEvent> result;
    result.reserve(work.events.size());
    for (std::size_t index : work.events) result.push_back(events_[index]);
    return result;
  }

  // Puts the work back in pieces of at most `most` events, before all else.
  void split_in(const Work& work, std::size_t most) {
    std::vector<Work> pieces;
    for (std::size_t i = 0; i < work.events.size(); ++i) {
      if (i % most == 0) pieces.push_back({{}, work.read_back});
      pieces.back().events.push_back(work.events[i]);
    }
    work_.insert(work_.begin(), std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
  }

  // False: the run is over, nothing more can be appended now.
  bool settle_error(const Work& work, const Error& error) {
    const bool may_be_one_event =
        error.code() == Errc::too_large || error.code() == Errc::invalid_argument || error.code() == Errc::data;
    if (may_be_one_event) {
      if (work.events.size() == 1) {
        reject(work.events.front(), error);
      } else {
        split_in(work, (work.events.size() + 1) / 2);
      }
      return true;
    }
    if (error.code() == Errc::stream_deleted) {
      reject_rest(work, error);
      return false;
    }
    fail_rest(work, error);
    return false;
  }

  void reject(std::size_t index, Error error) { verdicts_[index] = {Verdict::rejected, std::move(error)}; }

  void reject_rest(const Work& work, const Error& error) {
    for (std::size_t index : work.events) reject(index, error);
    for (const Work& later : work_) {
      for (std::size_t index : later.events) reject(index, error);
    }
  }

  void fail_rest(const Work& work, const Error& error) {
    for (std::size_t index : work.events) verdicts_[index] = {Verdict::failed, error};
    for (const Work& later : work_) {
      for (std::size_t index : later.events) verdicts_[index] = {Verdict::failed, error};
    }
  }

  void settle_all(const Work& work, Verdict verdict) {
    for (std::size_t index : work.events) verdicts_[index].verdict = verdict;
  }

  void fail_all(const Error& error) {
    for (EventVerdict& verdict : verdicts_) verdict = {Verdict::failed, error};
  }

  Error lone_conflict(const es::RevisionConflict& conflict) const {
    return Error(Errc::conflict,
                 "the event store refused one event for stream '" + stream_ +
                     "' with a wrong expected version (it is at " +
                     (conflict.actual.has_value() ? std::to_string(*conflict.actual) : std::string("no revision")) +
                     ") though any was expected; it is tried again");
  }

  std::vector<Uuid> ids_of(const Work& work) const {
    std::vector<Uuid> ids;
    for (std::size_t index : work.events) ids.push_back(events_[index].id);
    return ids;
  }

  // Judges those of the work's events that the stream holds and puts the rest back.
  Task<Result<void>> read_back(Work& work) {
    const es::StreamStart end = es::StreamStart::from_end();
    std::vector<Uuid> ids = ids_of(work);
    Result<StoredEvents> stored =
        co_await find_stored(store_, stream_, end, std::move(ids), kStoredPage, limits_.read_back);
    if (stored.has_error()) co_return stored.error();
    Work rest;
    rest.read_back = true;
    for (std::size_t index : work.events) {
      const auto found = stored->by_id.find(events_[index].id);
      if (found != stored->by_id.end()) {
        judge_known(index, found->second);
      } else {
        rest.events.push_back(index);
      }
    }
    if (!rest.events.empty()) work_.push_front(std::move(rest));
    co_return Result<void>();
  }

  // The store has answered with success, and by its answer has written nothing.
  Task<Result<void>> settle_known(const Work& work, const es::Appended& answer) {
    const es::StreamStart from =
        answer.revision.has_value() ? es::StreamStart::at(*answer.revision) : es::StreamStart::from_end();
    std::vector<Uuid> ids = ids_of(work);
    const std::size_t page = std::min(ids.size(), kStoredPage);
    Result<StoredEvents> looked_up =
        co_await find_stored(store_, stream_, from, std::move(ids), page, limits_.read_back);
    StoredEvents stored;
    bool is_gone = false;
    if (looked_up.has_value()) {
      stored = std::move(*looked_up);
      is_gone = !stored.stream_exists;
    } else {
      // A writer may lack the right to read; then there is nothing to compare with.
      const Errc code = looked_up.error().code();
      is_gone = code == Errc::stream_deleted;
      if (!is_gone && code != Errc::permission_denied) co_return looked_up.error();
    }
    // The answer's place is the last event's. The others may be behind it, or out of reach: alone, each has an answer of
    // its own, and one that is not even there is cut off.
    const bool may_be_elsewhere = stored.stream_exists && answer.position.has_value() && work.events.size() > 1;
    Work elsewhere;
    for (std::size_t index : work.events) {
      const auto found = stored.by_id.find(events_[index].id);
      if (found == stored.by_id.end()) {
        verdicts_[index].verdict = Verdict::duplicate;
        if (may_be_elsewhere) elsewhere.events.push_back(index);
      } else if (answer.position.has_value()) {
        judge_known(index, found->second);
      } else {
        // An event that is there to be read has a position: this store does not tell any.
        verdicts_[index].verdict = Verdict::written;
      }
    }
    split_in(elsewhere, 1);
    if (is_gone) tools_.streams.warn_deleted(stream_, work.events.size());
    co_return Result<void>();
  }

  void judge_known(std::size_t index, const es::RecordedEvent& stored) {
    verdicts_[index].verdict = Verdict::duplicate;
    if (!tools_.known.look || tools_.known.on_conflict == OnConflict::drop) return;
    const std::string differs = difference(events_[index], stored, tools_.known);
    if (differs.empty()) return;
    std::string cure = "`on_conflict: drop` in the sink keeps what is stored";
    if (tools_.known.compare == SameBy::event) cure += ", `compare: data` looks at type and data alone";
    if (differs == kOtherData) cure += ", `ignore` names parts of the data that do not count";
    reject(index, Error(Errc::data, "the event store has the id " + events_[index].id.str() + " already, with " +
                                        differs + ", as event " + std::to_string(stored.revision) +
                                        "; a producer must not use an id twice (" + cure + ")"));
  }

  // Rejects events of another aggregate than the stream's.
  Task<Result<void>> check_owner() {
    StreamMemory& streams = tools_.streams;
    std::vector<std::optional<std::string>> ours;
    for (const es::NewEvent& event : events_) ours.push_back(owner_in(event.metadata));
    const auto is_anothers = [&](const std::optional<std::string>& owner, const std::optional<std::string>& of) {
      return owner.has_value() && of.has_value() && !is_same_owner(*owner, *of);
    };
    std::optional<std::string> owner = streams.owner(stream_);
    bool must_read = !owner.has_value();
    // What is remembered may be over: the stream was deleted, and begun again by another.
    for (const std::optional<std::string>& of : ours) must_read = must_read || is_anothers(owner, of);
    if (must_read && streams.may_read()) {
      Result<std::optional<std::string>> read = co_await read_owner(store_, stream_, streams);
      if (read.has_error()) co_return read.error();
      owner = std::move(*read);
    }
    const bool is_nobodys = !owner.has_value();
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (!owner.has_value()) owner = ours[i];
      if (!is_anothers(owner, ours[i])) continue;
      reject(i, Error(Errc::data, "the stream holds events of another aggregate, " + text::quoted(*owner) +
                                      ", and the event is about " + text::quoted(*ours[i]) +
                                      ": type and id run into each other in the name; give `stream` another separator, "
                                      "or set `shared_streams: allow`"));
    }
    if (is_nobodys) new_owner_ = std::move(owner);
    co_return Result<void>();
  }

  // The stream is this run's aggregate's if the append has begun it; else another was faster, and the next run looks.
  void settle_written(const Work& work, const es::Appended& answer) {
    settle_all(work, Verdict::written);
    if (!new_owner_.has_value() || !answer.revision.has_value()) return;
    if (*answer.revision + 1 == work.events.size()) tools_.streams.set_owner(stream_, *new_owner_);
    new_owner_.reset();
  }

  const AppendTools tools_;
  es::StoreClient& store_;
  std::string stream_;
  std::span<const es::NewEvent> events_;
  AppendLimits limits_;
  std::deque<Work> work_;
  std::vector<EventVerdict> verdicts_;
  std::optional<std::string> new_owner_;  // of a stream that seemed to be nobody's
};

}  // namespace

Task<Result<WriteReport>> append_run(AppendTools tools, std::string stream, EncodedRun events, bool leaves_doubt) {
  Run run(tools, std::move(stream), events.events());
  co_await run.append_all(leaves_doubt);
  co_return run.report();
}

}  // namespace weir::sinks::eventstoredb
