// SimulatedClient: a consumer that behaves as the usual clients do, and knows when it may be thrown out.
#pragma once

#include "tests/embedded/broker/groups/simulation.hpp"

#include <functional>

namespace weir::embedded::broker::groups {

// Lifetime: the simulation's. Executor: the test's.
class SimulatedClient {
 public:
  SimulatedClient(Simulation& simulation, int number);

  void start();
  // The process ends without a word; the next start() knows nothing but its instance id.
  void crash();
  void leave();
  void pause(Duration duration);
  void change_subscription();
  void recover();
  // The broker has died: what was asked will not be answered.
  void connection_lost();

  bool alive() const { return alive_; }
  bool stable() const { return alive_ && phase_ == Phase::stable; }
  std::int32_t generation() const { return generation_; }

 private:
  enum class Phase { joining, syncing, stable };

  void act();
  void act_after(Duration delay);
  void join();
  void sync();
  void heartbeat();
  void commit();
  void join_again(bool forget_id);
  // Sends; `handle` sees the answer unless it, or the request, is lost.
  template <class Response, class Send>
  void ask(Duration timeout, Send send, void (SimulatedClient::*handle)(const Response&));
  void on_joined(const wire::JoinGroupResponse& response);
  void on_synced(const wire::SyncGroupResponse& response);
  void on_heartbeat(const wire::HeartbeatResponse& response);
  void on_committed(const wire::OffsetCommitResponse& response);
  void on_member_error(wire::ErrorCode error);
  // What the broker has said, whether or not it arrives.
  void observe(const wire::JoinGroupResponse& response);
  void observe(const wire::SyncGroupResponse& response);
  void observe(const wire::HeartbeatResponse& response);
  void observe(const wire::OffsetCommitResponse& response);
  void contact() { contact_ = sim_.world().now(); }
  void check_kick();
  bool knows(const std::string& protocol) const;

  Simulation& sim_;
  const std::string name_;
  std::optional<std::string> instance_;
  std::int16_t version_;
  std::vector<std::string> protocols_;
  int subscription_ = 0;

  bool alive_ = false;
  TimePoint paused_until_;
  int process_ = 0;
  Phase phase_ = Phase::joining;
  std::string id_;
  std::int32_t generation_ = -1;
  std::string protocol_;
  bool assigns_ = false;
  std::vector<std::string> members_;
  std::uint64_t request_ = 0;  // the one that waits
  Timers::Id next_ = 0;
  Partition partition_;
  Offset committing_ = -1;

  // When the broker last took something from this member.
  TimePoint contact_;
  std::optional<TimePoint> owes_sync_since_;
  int id_life_ = 0;          // of the broker, when the id was given
  bool id_durable_ = false;  // in a stable generation, so a broker's death is no excuse
};

}  // namespace weir::embedded::broker::groups
