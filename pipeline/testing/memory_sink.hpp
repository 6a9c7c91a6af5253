// MemorySink: a store in memory that fails as a test says, and the sink that writes to it.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/ordered_writes.hpp"
#include "pipeline/sink.hpp"

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace weir::testing {

// What happens to one append (the messages of one stream that go together).
struct Outcome {
  enum class Kind {
    write,            // written, and said so
    fail,             // not written: unavailable
    unknown,          // written or not (`took_effect`), and nobody was told
    reject,           // a data error, for each message
    too_large,        // a data error, for each message: they are too large
    forbid,           // not written: the user may not write there
    full,             // not written: the disk is full
    first_half_only,  // the first half written, the rest failed
    never,            // no answer
  };
  Kind kind = Kind::write;
  bool took_effect = false;
  Duration delay{};
};

// What a store would keep: streams of events, in order of arrival. A message that is there already is a duplicate, told
// by its origin (a dead letter by its origin headers being the letter's own). Outlives the sinks.
//
// Lifetime: shared. Executor: any thread. Cancellation, Errors: none.
class MemoryStore {
 public:
  struct Event {
    std::string stream;
    std::string id;  // "topic/partition/offset"
    std::string payload;
    std::uint64_t sequence = 0;
    std::vector<std::pair<std::string, std::string>> headers = {};
  };
  struct Append {
    std::string stream;
    std::vector<Event> events;
    std::size_t number = 0;  // counts appends, from 1
  };

  // Decides about each append. None: everything is written at once. Called under a lock.
  void set_script(std::function<Outcome(const Append&)> script);
  // While corked, appends wait (before their outcome).
  void cork(bool corked);
  bool corked() const;
  // Whether look_up() can be answered: by reading, later, or by this store never.
  enum class Reads { work, fail, never };
  void set_reads(Reads reads);
  Reads reads() const;

  std::vector<Event> stream(const std::string& name) const;
  std::vector<std::string> streams() const;
  bool holds(const std::string& id) const;
  std::size_t events() const;
  std::size_t appends() const;
  std::size_t rewritten() const;  // events that came again and were suppressed

  Outcome decide(Append& append);
  // Verdicts of what is written: written or duplicate.
  std::vector<Verdict> write(const Append& append, std::size_t first_n);

 private:
  mutable std::mutex mutex_;
  std::function<Outcome(const Append&)> script_;
  bool corked_ = false;
  Reads reads_ = Reads::work;
  std::map<std::string, std::vector<Event>> streams_;
  std::set<std::string> ids_;
  std::size_t appends_ = 0;
  std::size_t rewritten_ = 0;
};

// "topic/partition/offset"
std::string id_of(const Message& message);

// Writes each message to the stream named by its key. The appends run side by side.
//
// Lifetime: as any Sink. Executor: the lane's. Cancellation: terminal; an append that is under way stays so. Errors: as
// the store's script says.
class MemorySink final : public Sink, private OrderedWrites::Sender {
 public:
  MemorySink(Clock& clock, std::shared_ptr<MemoryStore> store);

  Task<Result<void>> open() override;
  Task<Result<WriteReport>> write(MessageRefs messages) override;
  void forget(MessageRefs messages) override;
  Task<Result<std::vector<Presence>>> look_up(MessageRefs messages) override;
  Task<void> close() override;

  // The next n calls of open() fail with this error.
  void fail_opens(std::size_t n, Error error);
  bool is_open() const { return open_; }
  std::size_t opens() const { return opens_; }
  std::size_t gate_keys() const { return writes_.keys(); }

 private:
  Result<Order> key_of(const Message& message, std::string& key) override;
  void send(OrderedWrites::Run run, MessageRefs messages) override;
  Outcome decide(MemoryStore::Append& append);
  Task<Result<WriteReport>> append(MemoryStore::Append append);

  Clock& clock_;
  std::shared_ptr<MemoryStore> store_;
  OrderedWrites writes_;
  std::size_t failing_opens_ = 0;
  Error open_error_;
  bool open_ = false;
  std::size_t opens_ = 0;
  std::exception_ptr bug_;
};

}  // namespace weir::testing
