// Simulation: clients of every kind in one group, over virtual time, with lost answers, crashes and a broker that dies.
#pragma once

#include "embedded/broker/groups/group_coordinator.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/testing/manual_clock.hpp"
#include "tests/embedded/broker/storage/fault_file_system.hpp"
#include "tests/embedded/broker/storage/manual_flusher.hpp"

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace weir::embedded::broker::groups {

class SimulatedClient;

// How rough it is. Probabilities are per cent, per occasion.
struct Weather {
  unsigned lost_answers = 0;
  unsigned client_troubles = 0;  // per second and client: crash, leave, pause, other subscription
  unsigned broker_deaths = 0;    // per second
};

// Lifetime, Executor: the test's. Errors: violated invariants are added to faults().
class Simulation {
 public:
  Simulation(std::uint64_t seed, int clients, storage::Fsync fsync);
  ~Simulation();

  void run(Duration duration, const Weather& weather);
  // After this everybody is alive and behaves; runs until nothing should happen any more.
  void calm_down();
  // Checks what must hold when all is calm: one stable generation that all live in.
  void check_calm();
  const std::vector<std::string>& faults() const { return faults_; }

  // For the clients
  struct Request {
    int life = 0;
    int answers = 0;
    TimePoint sent;
  };
  std::uint64_t open_request();
  const Request& note_answer(std::uint64_t request);
  void fault(const std::string& what);
  unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
  bool chance(unsigned percent) { return roll(100) < percent; }
  Duration delay(int least_ms, int most_ms) {
    return std::chrono::milliseconds(least_ms + static_cast<int>(roll(static_cast<unsigned>(most_ms - least_ms + 1))));
  }
  // Who leads a generation may be said once per life of the broker.
  void leads(std::int32_t generation, const std::string& member);
  void assigned(std::int32_t generation, const std::string& decision, const std::string& protocol);
  void acked(Partition partition, Offset offset);

  Timers& world() { return world_; }
  GroupCoordinator& broker() { return *broker_; }
  const Weather& weather() const { return weather_; }
  int life() const { return life_; }
  // When a wait for joins last ended by its timeout, not by the last member's coming.
  TimePoint long_wait_ended() const { return long_wait_ended_; }
  Offset next_offset() { return ++offsets_; }

 private:
  void open();
  void kill_broker();
  void step(TimePoint end);
  void every_second();
  void check_commits();
  void flush_later();
  void watch_waits();

  std::mt19937_64 random_;
  Weather weather_;
  boost::asio::io_context io_;
  testing::ManualClock clock_{io_};
  Timers timers_{clock_};  // the broker's
  Timers world_{clock_};   // everybody else's
  storage::FaultFileSystem files_;
  storage::ManualFlusher flusher_;
  GroupCoordinator::Options options_;
  std::unique_ptr<GroupCoordinator> broker_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  int life_ = 0;
  bool flush_planned_ = false;
  std::optional<TimePoint> waiting_since_;
  TimePoint long_wait_ended_;
  std::map<std::uint64_t, Request> requests_;
  std::map<std::pair<int, std::int32_t>, std::string> leaders_;
  std::map<std::int32_t, std::string> decisions_;
  std::map<Partition, Offset> acked_;
  std::map<Partition, Offset> seen_;
  Offset offsets_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace weir::embedded::broker::groups
