#include "tests/embedded/broker/groups/simulated_client.hpp"

#include <algorithm>

namespace weir::embedded::broker::groups {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using wire::ErrorCode;

constexpr Duration kSession = seconds(10);
constexpr Duration kRebalance = seconds(15);

std::int32_t in_ms(Duration duration) {
  return static_cast<std::int32_t>(std::chrono::duration_cast<milliseconds>(duration).count());
}

}  // namespace

SimulatedClient::SimulatedClient(Simulation& simulation, int number)
    : sim_(simulation), name_("c" + std::to_string(number)), version_(9), partition_(number % 4) {
  const unsigned kind = sim_.roll(10);
  if (kind < 4) instance_ = "static-" + name_;
  if (kind == 0) version_ = 7;
  if (kind == 9) version_ = 3;
  protocols_ = {"common"};
  if (sim_.chance(50)) protocols_.insert(protocols_.begin(), "first");
  if (sim_.chance(30)) protocols_.push_back("last-" + name_);
}

void SimulatedClient::start() {
  alive_ = true;
  ++process_;
  phase_ = Phase::joining;
  id_.clear();
  generation_ = -1;
  act_after(sim_.delay(0, 500));
}

void SimulatedClient::crash() {
  alive_ = false;
  ++process_;
  request_ = 0;
  sim_.world().cancel(next_);
}

void SimulatedClient::leave() {
  if (!instance_ && !id_.empty()) {
    wire::LeaveGroupRequest request;
    request.group_id = "g";
    request.members.push_back({id_, std::nullopt, std::nullopt});
    RequestContext context;
    context.version = 5;
    sim_.broker().leave_group(context, request);
  }
  crash();
}

void SimulatedClient::pause(Duration duration) {
  paused_until_ = sim_.world().now() + duration;
}

void SimulatedClient::change_subscription() {
  ++subscription_;
  if (phase_ == Phase::stable) join_again(false);
}

void SimulatedClient::recover() {
  paused_until_ = {};
  if (!alive_) return start();
  if (request_ == 0) act_after(milliseconds(1));
}

void SimulatedClient::connection_lost() {
  if (!alive_ || request_ == 0) return;
  request_ = 0;
  act_after(sim_.delay(50, 500));
}

void SimulatedClient::act_after(Duration delay) {
  sim_.world().cancel(next_);
  next_ = sim_.world().after(delay, [this] { act(); });
}

void SimulatedClient::act() {
  if (!alive_ || request_ != 0) return;
  const TimePoint now = sim_.world().now();
  if (now < paused_until_) return act_after(paused_until_ - now);
  if (phase_ == Phase::joining) return join();
  if (phase_ == Phase::syncing) return sync();
  sim_.chance(50) ? heartbeat() : commit();
}

void SimulatedClient::join_again(bool forget_id) {
  if (forget_id) id_.clear();
  phase_ = Phase::joining;
  request_ = 0;
  act_after(sim_.delay(1, 200));
}

template <class Response, class Send>
void SimulatedClient::ask(Duration timeout, Send send, void (SimulatedClient::*handle)(const Response&)) {
  const std::uint64_t number = sim_.open_request();
  request_ = number;
  const int process = process_;
  const auto mine = [this, number, process] {
    return process_ == process && request_ == number;
  };
  sim_.world().after(timeout, [this, mine] {
    if (!mine()) return;
    request_ = 0;
    act();
  });
  const auto reply = [this, number, process, handle, mine](const Response& response) {
    const Simulation::Request& request = sim_.note_answer(number);
    const bool parked = request.sent != sim_.world().now();
    if (process_ == process) {
      if (parked && request.life == sim_.life()) contact();  // its session could not end meanwhile
      observe(response);
    }
    if (sim_.chance(sim_.weather().lost_answers)) return;
    sim_.world().after(sim_.delay(1, 50), [this, mine, handle, response] {
      if (!mine()) return;
      request_ = 0;
      (this->*handle)(response);
    });
  };
  send(reply);
}

void SimulatedClient::join() {
  wire::JoinGroupRequest request;
  const std::string metadata = name_ + " wants " + std::to_string(subscription_);
  request.group_id = "g";
  request.session_timeout_ms = in_ms(kSession);
  request.rebalance_timeout_ms = in_ms(kRebalance);
  request.member_id = id_;
  if (instance_) request.group_instance_id = *instance_;
  request.protocol_type = "consumer";
  for (const std::string& protocol : protocols_) request.protocols.push_back({protocol, metadata});
  RequestContext context;
  context.version = version_;
  context.client_id = name_;
  ask<wire::JoinGroupResponse>(
      kRebalance + seconds(5), [&](const auto& reply) { sim_.broker().join_group(context, request, reply); },
      &SimulatedClient::on_joined);
}

void SimulatedClient::observe(const wire::JoinGroupResponse& response) {
  if (response.error_code == ErrorCode::member_id_required) contact();
  if (response.error_code != ErrorCode::none) return;
  contact();
  owes_sync_since_ = sim_.world().now();
  if (response.leader == response.member_id && !response.skip_assignment) {
    sim_.leads(response.generation_id, response.member_id);
  }
}

void SimulatedClient::on_joined(const wire::JoinGroupResponse& response) {
  switch (response.error_code) {
    case ErrorCode::none:
      break;
    case ErrorCode::member_id_required:
      if (version_ < 4 || instance_) sim_.fault(name_ + " was asked to come back with an id");
      id_ = response.member_id;
      id_life_ = sim_.life();
      id_durable_ = false;
      return act();
    case ErrorCode::rebalance_in_progress:
    case ErrorCode::coordinator_not_available:
      return join_again(false);
    default:
      return on_member_error(response.error_code);
  }
  if (id_ != response.member_id) {
    if (!id_.empty()) sim_.fault(name_ + " was given another id");
    id_ = response.member_id;
    id_life_ = sim_.life();
    id_durable_ = false;
  }
  generation_ = response.generation_id;
  protocol_ = response.protocol_name.value_or("");
  if (!knows(protocol_)) sim_.fault(name_ + " does not know the chosen protocol '" + protocol_ + "'");
  assigns_ = response.leader == id_ && !response.skip_assignment;
  members_.clear();
  for (const auto& member : response.members) members_.push_back(member.member_id);
  if (response.leader != id_ && !members_.empty()) sim_.fault(name_ + " follows and was told the members");
  if (response.leader == id_ && std::find(members_.begin(), members_.end(), id_) == members_.end()) {
    sim_.fault(name_ + " leads and is not among the members");
  }
  phase_ = Phase::syncing;
  act();
}

void SimulatedClient::sync() {
  wire::SyncGroupRequest request;
  std::vector<std::string> assignments;
  const std::string decision = name_ + "." + std::to_string(process_) + "." + std::to_string(sim_.roll(1u << 30));
  request.group_id = "g";
  request.generation_id = generation_;
  request.member_id = id_;
  if (instance_) request.group_instance_id = *instance_;
  request.protocol_name = protocol_;
  if (assigns_) {
    for (const std::string& member : members_) assignments.push_back(decision + "|" + protocol_ + "|" + member);
    for (std::size_t i = 0; i < members_.size(); ++i) request.assignments.push_back({members_[i], assignments[i]});
  }
  RequestContext context;
  context.version = 5;
  ask<wire::SyncGroupResponse>(
      seconds(5), [&](const auto& reply) { sim_.broker().sync_group(context, request, reply); },
      &SimulatedClient::on_synced);
}

void SimulatedClient::observe(const wire::SyncGroupResponse& response) {
  if (response.error_code != ErrorCode::none) return;
  contact();
  owes_sync_since_.reset();
  id_durable_ = true;
}

void SimulatedClient::on_synced(const wire::SyncGroupResponse& response) {
  if (response.error_code != ErrorCode::none) return on_member_error(response.error_code);
  const std::string& assignment = response.assignment;
  const std::size_t first = assignment.find('|');
  const std::size_t last = assignment.rfind('|');
  if (first == std::string::npos) return sim_.fault(name_ + " was assigned '" + assignment + "'");
  if (!instance_ && assignment.substr(last + 1) != id_) sim_.fault(name_ + " got what is for " + assignment);
  if (response.protocol_name != protocol_) sim_.fault(name_ + " was told two protocols");
  sim_.assigned(generation_, assignment.substr(0, first), assignment.substr(first + 1, last - first - 1));
  if (assignment.substr(first + 1, last - first - 1) != protocol_) sim_.fault(name_ + ": protocols differ");
  phase_ = Phase::stable;
  act_after(sim_.delay(100, 3000));
}

void SimulatedClient::heartbeat() {
  wire::HeartbeatRequest request;
  request.group_id = "g";
  request.generation_id = generation_;
  request.member_id = id_;
  if (instance_) request.group_instance_id = *instance_;
  RequestContext context;
  context.version = 4;
  ask<wire::HeartbeatResponse>(
      seconds(2), [&](const auto& reply) { reply(sim_.broker().heartbeat(context, request)); },
      &SimulatedClient::on_heartbeat);
}

void SimulatedClient::observe(const wire::HeartbeatResponse& response) {
  if (response.error_code == ErrorCode::none || response.error_code == ErrorCode::rebalance_in_progress) contact();
}

void SimulatedClient::on_heartbeat(const wire::HeartbeatResponse& response) {
  if (response.error_code != ErrorCode::none) return on_member_error(response.error_code);
  act_after(sim_.delay(1000, 3000));
}

void SimulatedClient::commit() {
  wire::OffsetCommitRequest request;
  request.group_id = "g";
  request.generation_id = generation_;
  request.member_id = id_;
  if (instance_) request.group_instance_id = *instance_;
  committing_ = sim_.next_offset();
  request.topics = {{"t", {{partition_, committing_, -1, std::nullopt}}}};
  RequestContext context;
  context.version = 9;
  const auto offset = committing_;
  ask<wire::OffsetCommitResponse>(
      seconds(2),
      [&](const auto& reply) {
        sim_.broker().offset_commit(context, request,
                                    [this, reply, offset](const wire::OffsetCommitResponse& response) {
                                      const auto& partition = response.topics.at(0).partitions.at(0);
                                      if (partition.error_code == ErrorCode::none) sim_.acked(partition.index, offset);
                                      reply(response);
                                    });
      },
      &SimulatedClient::on_committed);
}

void SimulatedClient::observe(const wire::OffsetCommitResponse& response) {
  if (response.topics.at(0).partitions.at(0).error_code == ErrorCode::none) contact();
}

void SimulatedClient::on_committed(const wire::OffsetCommitResponse& response) {
  const ErrorCode error = response.topics.at(0).partitions.at(0).error_code;
  if (error != ErrorCode::none) return on_member_error(error);
  act_after(sim_.delay(500, 3000));
}

void SimulatedClient::on_member_error(ErrorCode error) {
  switch (error) {
    case ErrorCode::rebalance_in_progress:
    case ErrorCode::illegal_generation:
    case ErrorCode::coordinator_not_available:
      return join_again(false);
    case ErrorCode::unknown_member_id:
      check_kick();
      return join_again(true);
    default:
      sim_.fault(name_ + " met " + std::string(wire::to_string(error)));
      return join_again(true);
  }
}

// Thrown out: was that right?
void SimulatedClient::check_kick() {
  const TimePoint now = sim_.world().now();
  // The answer took up to 50 ms to come here; and the broker counts from a little before the client does: from when it got
  // a commit, which it answers once that is on disk.
  const Duration slack = milliseconds(50);
  const bool silent = now - contact_ >= kSession - slack;
  // Who does not come within the rebalance timeout is dropped, even if it is slow in noticing.
  const bool missed_a_rebalance = now - sim_.long_wait_ended() <= seconds(25);
  const bool never_synced = owes_sync_since_ && now - *owes_sync_since_ >= kRebalance - slack;
  const bool lost_with_the_broker = id_life_ != sim_.life() && !id_durable_;
  if (silent || missed_a_rebalance || never_synced || lost_with_the_broker) return;
  sim_.fault(name_ + " was thrown out without reason (" + id_ + ", generation " + std::to_string(generation_) + ")");
}

bool SimulatedClient::knows(const std::string& protocol) const {
  return std::find(protocols_.begin(), protocols_.end(), protocol) != protocols_.end();
}

}  // namespace weir::embedded::broker::groups
