// FakeStore: an event store in memory, over the same append_rules as the embedded one, that can be made to misbehave.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/signal.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::connectors::eventstoredb {

// Lifetime: outlives its calls. Executor: one thread; calls complete on the caller's executor, under virtual time.
// Cancellation: terminal. Errors: those scripted by the test, and what the rules say.
class FakeStore final : public StoreClient {
 public:
  // What happens to one call of append().
  struct Fault {
    Duration arrives_after{};               // before the store has it: until then nothing is decided
    bool applied = false;                   // the events are decided on and written before the fault strikes
    std::optional<Error> error{};           // answered instead of the outcome
    Duration delay{};                       // before the answer
    bool never_answers = false;             // until deadline() has passed: then unknown_outcome, as GrpcClient does
    std::optional<AppendOutcome> answer{};  // a wrong answer
  };
  struct AppendCall {
    std::string stream;
    ExpectedRevision expected;
    std::vector<Uuid> ids;
    TimePoint at{};
  };
  struct ReadCall {
    std::string stream;
    std::uint64_t count = 0;
  };

  FakeStore(Clock& clock, const Executor& executor);
  ~FakeStore() override;

  // Scripts. The n-th call of append counts from 0 over the whole life of the store.
  void on_append(std::size_t call, Fault fault) { faults_[call] = std::move(fault); }
  // Asked for every append without a script; none = no fault.
  void on_every_append(std::function<std::optional<Fault>(const AppendCall&)> choose) {
    choose_fault_ = std::move(choose);
  }
  // While corked, appends are accepted and wait; uncork() decides them in order of arrival.
  void cork();
  void uncork();
  // The store is away: appends and reads are refused as unavailable. What was being answered still is.
  void set_away(bool away) { away_ = away; }
  // `delay`: before the error.
  void fail_reads(std::optional<Error> error, Duration delay = {}) {
    read_error_ = std::move(error);
    read_error_delay_ = delay;
  }
  // A real server knows the ids of appends with `any` only until it restarts.
  void forget_recent_writes();
  // Largest append; larger ones are too_large.
  void limit_append_size(std::size_t bytes) { max_append_size_ = bytes; }
  void set_deadline(Duration deadline) { deadline_ = deadline; }

  // What happened.
  const std::vector<AppendCall>& appends() const { return calls_; }
  const std::vector<ReadCall>& reads() const { return reads_; }  // of streams
  std::size_t reads_of_all() const { return reads_of_all_; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t most_in_flight() const { return most_in_flight_; }
  // True when two appends to one stream were ever unresolved at the same time.
  bool stream_was_contended() const { return contended_; }
  std::vector<RecordedEvent> stream(const std::string& name) const;  // all events ever written, also truncated ones
  std::vector<std::string> streams() const;
  std::size_t events() const { return log_.size(); }

  // Writes without rules or faults, for the set-up of a test.
  void put(const std::string& stream, const NewEvent& event);

  Task<Result<AppendOutcome>> append(std::string stream, ExpectedRevision expected,
                                     std::span<const NewEvent> events) override;
  Task<Result<StreamPage>> read_stream(std::string stream, StreamStart from, ReadDirection direction,
                                       std::uint64_t count) override;
  Task<Result<AllPage>> read_all(AllStart from, ReadDirection direction, std::uint64_t count) override;
  Task<Result<void>> delete_stream(std::string stream, ExpectedRevision expected) override;
  Task<Result<void>> tombstone_stream(std::string stream, ExpectedRevision expected) override;
  Task<Result<ServerInfo>> server_info() override;
  std::string display() const override { return "a fake store"; }
  void close() override;

 private:
  struct Stream;
  class UnderWay;
  Stream& stream_of(const std::string& name);
  Result<AppendOutcome> decide(const std::string& name, ExpectedRevision expected, std::span<const NewEvent> events);
  void store(Stream& stream, const std::string& name, const NewEvent& event);
  Result<void> end_stream(const std::string& name, ExpectedRevision expected, bool for_ever);
  std::optional<Fault> fault_of(std::size_t call);
  Task<Result<void>> begin_read();

  Clock& clock_;
  Signal wake_;
  std::map<std::string, std::unique_ptr<Stream>> streams_;
  std::deque<RecordedEvent> log_;
  std::map<std::size_t, Fault> faults_;
  std::function<std::optional<Fault>(const AppendCall&)> choose_fault_;
  std::vector<AppendCall> calls_;
  std::vector<ReadCall> reads_;
  std::size_t reads_of_all_ = 0;
  std::optional<Error> read_error_;
  Duration read_error_delay_{};
  std::size_t max_append_size_ = 1024 * 1024;
  Duration deadline_ = std::chrono::seconds(10);
  bool corked_ = false;
  bool away_ = false;
  bool closed_ = false;
  std::size_t in_flight_ = 0;
  std::size_t most_in_flight_ = 0;
  bool contended_ = false;
  std::map<std::string, std::size_t> per_stream_;
};

}  // namespace weir::connectors::eventstoredb
