#include "tests/embedded/broker/groups/simulation.hpp"

#include "tests/embedded/broker/groups/simulated_client.hpp"

#include <algorithm>

namespace weir::embedded::broker::groups {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

Simulation::Simulation(std::uint64_t seed, int clients, storage::Fsync fsync) : random_(seed) {
  options_.data_dir = "/data";
  options_.fsync = fsync;
  open();
  for (int i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<SimulatedClient>(*this, i));
    clients_.back()->start();
  }
  world_.after(seconds(1), [this] { every_second(); });
}

Simulation::~Simulation() {
  broker_.reset();
  if (timers_.next()) fault("a timer outlives the broker");
}

void Simulation::open() {
  Result<std::unique_ptr<GroupCoordinator>> opened = GroupCoordinator::open(files_, flusher_, timers_, options_);
  if (!opened) return fault("the broker does not start: " + opened.error().message());
  broker_ = std::move(*opened);
}

void Simulation::kill_broker() {
  // Without an fdatasync per commit, only the death of the process is survived unharmed.
  if (options_.fsync == storage::Fsync::always && chance(50)) {
    files_.lose_power(random_());
  } else {
    files_.kill();
  }
  broker_.reset();
  flusher_.forget();
  files_.restart();
  ++life_;
  open();
  for (const auto& client : clients_) client->connection_lost();
  check_commits();
}

void Simulation::run(Duration duration, const Weather& weather) {
  weather_ = weather;
  const TimePoint end = clock_.now() + duration;
  while (clock_.now() < end && faults_.empty() && broker_) step(end);
}

void Simulation::step(TimePoint end) {
  TimePoint next = end;
  if (timers_.next()) next = std::min(next, *timers_.next());
  if (world_.next()) next = std::min(next, *world_.next());
  clock_.advance(std::max(next - clock_.now(), Duration::zero()));
  timers_.run_due();
  watch_waits();
  world_.run_due();
  watch_waits();
  flush_later();
}

void Simulation::watch_waits() {
  wire::DescribeGroupsRequest request;
  request.groups = {"g"};
  const bool waits = broker_->describe_groups({}, request).groups.at(0).group_state == "PreparingRebalance";
  if (!waits && waiting_since_ && clock_.now() - *waiting_since_ >= seconds(15)) long_wait_ended_ = clock_.now();
  if (!waits) waiting_since_.reset();
  if (waits && !waiting_since_) waiting_since_ = clock_.now();
}

void Simulation::flush_later() {
  if (flush_planned_ || flusher_.waiting() == 0) return;
  flush_planned_ = true;
  world_.after(delay(1, 30), [this] {
    flush_planned_ = false;
    flusher_.run_round();
  });
}

void Simulation::every_second() {
  world_.after(seconds(1), [this] { every_second(); });
  if (chance(20)) broker_->tend();
  check_commits();
  for (const auto& client : clients_) {
    if (!client->alive()) {
      if (chance(10)) client->start();
      continue;
    }
    if (!chance(weather_.client_troubles)) continue;
    switch (roll(4)) {
      case 0:
        client->crash();
        break;
      case 1:
        client->leave();
        break;
      case 2:
        client->pause(delay(500, 20'000));
        break;
      default:
        client->change_subscription();
        break;
    }
  }
  if (chance(weather_.broker_deaths)) kill_broker();
}

void Simulation::calm_down() {
  weather_ = {};
  for (const auto& client : clients_) client->recover();
  run(seconds(120), {});
}

void Simulation::check_calm() {
  wire::DescribeGroupsRequest request;
  request.groups = {"g"};
  const auto group = broker_->describe_groups({}, request).groups.at(0);
  if (group.group_state != "Stable") fault("the group ends as " + group.group_state);
  if (group.members.size() != clients_.size()) fault("there are " + std::to_string(group.members.size()) + " members");
  for (const auto& client : clients_) {
    if (!client->stable()) fault("a client is not stable");
    if (client->generation() != clients_.front()->generation()) fault("two generations are alive");
  }
  for (const auto& [number, asked] : requests_) {
    const bool recent = clock_.now() - asked.sent < seconds(1);
    if (asked.life == life_ && asked.answers == 0 && !recent)
      fault("request " + std::to_string(number) + " has no answer");
  }
}

std::uint64_t Simulation::open_request() {
  const std::uint64_t number = requests_.size() + 1;
  requests_[number] = {life_, 0, clock_.now()};
  return number;
}

const Simulation::Request& Simulation::note_answer(std::uint64_t request) {
  Request& asked = requests_.at(request);
  if (++asked.answers > 1) fault("request " + std::to_string(request) + " was answered twice");
  if (asked.life != life_) fault("request " + std::to_string(request) + " was answered by a later broker");
  return asked;
}

void Simulation::fault(const std::string& what) {
  const auto at = std::chrono::duration_cast<milliseconds>(clock_.now().time_since_epoch()).count() - 3'600'000;
  faults_.push_back("at " + std::to_string(at) + " ms: " + what);
}

void Simulation::leads(std::int32_t generation, const std::string& member) {
  const auto [known, first] = leaders_.try_emplace({life_, generation}, member);
  if (!first && known->second != member) {
    fault("generation " + std::to_string(generation) + " has two leaders: " + known->second + " and " + member);
  }
}

void Simulation::assigned(std::int32_t generation, const std::string& decision, const std::string& protocol) {
  const std::string all = decision + " with " + protocol;
  const auto [known, first] = decisions_.try_emplace(generation, all);
  if (!first && known->second != all) {
    fault("generation " + std::to_string(generation) + " has two decisions: " + known->second + " and " + all);
  }
}

void Simulation::acked(Partition partition, Offset offset) {
  acked_[partition] = std::max(acked_[partition], offset);
}

// Offsets are sent in rising order, so that they may never be seen to fall.
void Simulation::check_commits() {
  wire::OffsetFetchRequest request;
  request.group_id = "g";
  request.topics = {{{"t", {0, 1, 2, 3}}}};
  RequestContext context;
  context.version = 7;
  const wire::OffsetFetchResponse response = broker_->offset_fetch(context, request);
  for (const auto& partition : response.topics.at(0).partitions) {
    const Offset least = std::max(acked_[partition.index], seen_[partition.index]);
    if (least > 0 && partition.committed_offset < least) {
      fault("partition " + std::to_string(partition.index) + " went back from " + std::to_string(least) + " to " +
            std::to_string(partition.committed_offset));
    }
    seen_[partition.index] = std::max(seen_[partition.index], partition.committed_offset);
  }
}

}  // namespace weir::embedded::broker::groups
