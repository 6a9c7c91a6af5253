// Node: what the handlers of requests work on.
#pragma once

#include "embedded/broker/groups/group_coordinator.hpp"
#include "embedded/broker/request_context.hpp"
#include "embedded/broker/timers.hpp"
#include "embedded/broker/topics/admin.hpp"
#include "embedded/broker/topics/topics.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace weir::embedded::broker::api {

// Lifetime: of the server. Executor: the broker's thread.
struct Node {
  Node(topics::Topics& t, topics::TopicAdmin& a, groups::GroupCoordinator& g, Timers& clock)
      : topics(t), admin(a), groups(g), timers(clock) {}

  topics::Topics& topics;
  topics::TopicAdmin& admin;
  groups::GroupCoordinator& groups;
  Timers& timers;
  std::string cluster_id;
  bool auto_create_topics = true;
  std::map<std::string, std::string> users;  // SASL PLAIN; empty: nobody has to authenticate
  std::uint64_t bytes_in = 0;                // of record batches accepted
  std::uint64_t parked_bytes = 0;            // memory of the fetches that wait
};

}  // namespace weir::embedded::broker::api
