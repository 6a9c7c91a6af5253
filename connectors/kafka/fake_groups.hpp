// FakeGroups: the coordinator of FakeKafka's consumer groups. Private to this folder.
#pragma once

#include "connectors/kafka/client.hpp"
#include "pipeline/testing/manual_clock.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::connectors::kafka {

class FakeConsumer;

// A member as the broker knows it: it stays known when its process is gone, until its session times out.
struct FakeMember {
  std::string id;
  std::string instance_id;           // empty: a dynamic member
  FakeConsumer* consumer = nullptr;  // nullptr: its process is gone without a word
  std::vector<std::string> topics;
  Duration session_timeout{};
  Duration heartbeat_interval{};
  std::vector<TopicPartition> share;      // of the present generation
  bool joined = false;                    // is in the round that is under way
  TimePoint beats_from{};                 // its heartbeats come from here on, at its interval
  std::optional<TimePoint> silent_since;  // its heartbeats have stopped then
};

struct FakeGroup {
  std::vector<std::unique_ptr<FakeMember>> members;  // in the order they joined
  int generation = 0;
  bool rebalancing = false;
  std::uint64_t rounds = 0;
  std::map<TopicPartition, Offset> committed;
  std::uint64_t opened = 0;
  FakeConsumer* latest = nullptr;  // whom a test's own orders are given to
  std::optional<Leaving> left;     // how the last consumer that was closed did it
};

// Eager rebalances, as librdkafka 2.0.2 has them: a member hears with its next heartbeat that the group forms anew, gives
// everything back, and joins; when all have joined (or their time is over) each gets its range of every topic. A static
// member that comes back takes its old place without a round. Without a clock everybody hears at once and no session ever
// ends.
//
// Lifetime: the state's. Executor: the test's. Cancellation: none. Errors: of may_commit(), as a broker gives them.
class FakeGroups {
 public:
  // What there is to share of some topics.
  using FindPartitions = std::function<std::vector<TopicPartition>(const std::vector<std::string>& topics)>;
  FakeGroups(FindPartitions find_partitions, testing::ManualClock* clock);
  ~FakeGroups();

  FakeGroup& of(const std::string& group) { return groups_[group]; }
  const FakeGroup* find(const std::string& group) const;
  const std::map<std::string, FakeGroup>& all() const { return groups_; }

  // Makes it a member, or gives it the place of the static member that it is.
  void join(FakeConsumer& consumer);
  // It takes its leave: a dynamic member is gone, a static one may come back.
  void leave(FakeConsumer& consumer, Leaving leaving);
  // It goes, and nobody is told: its heartbeats stop.
  void vanish(FakeConsumer& consumer);
  // It has given back what it had: in a round it joins now; thrown out, it comes back as somebody new.
  void given_back(FakeConsumer& consumer);
  // Its heartbeats stop, or come again: it may hear then that it is no member any more.
  void set_silent(FakeConsumer& consumer, bool silent);
  // A round for no reason that a member has given: as an operator or a changed topic brings it.
  void rebalance(const std::string& group);

  // What the broker looks at before it takes a commit: the member, and the generation that it was sent under. Whose the
  // partitions are it does not ask.
  Result<void> may_commit(FakeConsumer& consumer, int generation);
  // No round is under way and every member is alive; or none is.
  static bool has_settled(const FakeGroup& group);
  static bool has_living_members(const FakeGroup& group);
  std::vector<std::string> who_waits() const;

 private:
  struct Seat {
    FakeGroup* group = nullptr;
    FakeMember* member = nullptr;
  };
  Seat seat_of(const FakeConsumer& consumer);
  Seat seat_of(const std::string& group, const std::string& member);
  void begin_round(const std::string& name);
  void hear(const std::string& group, const std::string& member);
  void rejoin(FakeGroup& group, FakeMember& member);
  void complete_if_all_joined(FakeGroup& group);
  void share_out(FakeGroup& group);
  void end_round_late(const std::string& name, std::uint64_t round);
  void watch_session(const std::string& group, FakeMember& member);
  void throw_out(const std::string& group, std::string member);  // by value: an id dies with its member
  bool take_old_place(FakeGroup& group, FakeConsumer& consumer);
  void lose_assignment(FakeConsumer& consumer);
  TimePoint last_heartbeat(const FakeMember& member, TimePoint now) const;
  void at(TimePoint when, std::function<void()> what);

  const FindPartitions find_partitions_;
  testing::ManualClock* const clock_;
  const std::shared_ptr<char> alive_ = std::make_shared<char>();  // timers hold it weakly
  std::map<std::string, FakeGroup> groups_;
  std::uint64_t members_named_ = 0;
};

}  // namespace weir::connectors::kafka
