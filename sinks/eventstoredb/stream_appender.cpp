#include "sinks/eventstoredb/stream_appender.hpp"

#include <absl/container/flat_hash_set.h>

namespace weir::sinks::eventstoredb {
namespace {

namespace es = connectors::eventstoredb;

// The server's own limit of one message; an event beyond it could not even be sent.
constexpr std::size_t kLargestEvent = 15 * 1024 * 1024;
constexpr std::size_t kReadBackPage = 256;

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
  Run(es::StoreClient& store, std::string stream, std::span<const es::NewEvent> events, AppendLimits limits)
      : store_(store), stream_(std::move(stream)), events_(events), limits_(limits), verdicts_(events.size()) {}

  Task<void> append_all() {
    split();
    while (!work_.empty()) {
      Work work = std::move(work_.front());
      work_.pop_front();
      const std::vector<es::NewEvent> chosen = events_of(work);
      const std::span<const es::NewEvent> view = chosen;
      const es::ExpectedRevision expected = es::ExpectedRevision::any();
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
        for (std::size_t index : work.events) verdicts_[index].verdict = Verdict::written;
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
  // Cuts the run into appends within the limits.
  void split() {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const std::size_t size = events_[i].size();
      if (size > kLargestEvent) {
        reject(i, Error(Errc::too_large, "the event has " + std::to_string(size) +
                                             " bytes; the event store takes at most " + std::to_string(kLargestEvent) +
                                             " in one event"));
        continue;
      }
      const bool fits = !work_.empty() && work_.back().events.size() < limits_.events && bytes + size <= limits_.bytes;
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

  Error lone_conflict(const es::RevisionConflict& conflict) const {
    return Error(Errc::conflict,
                 "the event store refused one event for stream '" + stream_ +
                     "' with a wrong expected version (it is at " +
                     (conflict.actual.has_value() ? std::to_string(*conflict.actual) : std::string("no revision")) +
                     ") though any was expected; it is tried again");
  }

  // Marks those of the work's events that the stream holds as duplicates and puts the rest back.
  Task<Result<void>> read_back(Work& work) {
    absl::flat_hash_set<Uuid> wanted;
    for (std::size_t index : work.events) wanted.insert(events_[index].id);
    absl::flat_hash_set<Uuid> found;
    es::StreamStart from = es::StreamStart::from_end();
    std::size_t looked_at = 0;
    while (looked_at < limits_.read_back && found.size() < wanted.size()) {
      Result<es::StreamPage> page =
          co_await store_.read_stream(stream_, from, es::ReadDirection::backwards, kReadBackPage);
      if (page.has_error()) co_return page.error();
      for (const es::RecordedEvent& event : page->events) {
        if (wanted.contains(event.id)) found.insert(event.id);
      }
      looked_at += page->events.size();
      if (!page->next.has_value() || page->events.empty()) break;
      from = es::StreamStart::at(*page->next);
    }
    Work rest;
    rest.read_back = true;
    for (std::size_t index : work.events) {
      if (found.contains(events_[index].id)) {
        verdicts_[index].verdict = Verdict::duplicate;
      } else {
        rest.events.push_back(index);
      }
    }
    if (!rest.events.empty()) work_.push_front(std::move(rest));
    co_return Result<void>();
  }

  es::StoreClient& store_;
  std::string stream_;
  std::span<const es::NewEvent> events_;
  AppendLimits limits_;
  std::deque<Work> work_;
  std::vector<EventVerdict> verdicts_;
};

}  // namespace

Task<Result<WriteReport>> append_run(es::StoreClient& store, std::string stream, EncodedRun events,
                                     AppendLimits limits) {
  Run run(store, std::move(stream), events.events(), limits);
  co_await run.append_all();
  co_return run.report();
}

}  // namespace weir::sinks::eventstoredb
