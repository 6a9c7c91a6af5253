// Call: one request on its way through its handler.
#pragma once

#include "embedded/broker/api/node.hpp"
#include "embedded/broker/net/response_queue.hpp"
#include "embedded/broker/session.hpp"

#include <memory>

namespace weir::embedded::broker::api {

// Lifetime: of the handler's call; slot and session as long as the connection.
struct Call {
  Node& node;
  Session& session;
  RequestContext context;
  std::shared_ptr<net::ResponseSlot> slot;  // for answers that are none: acks=0, a parked fetch that is hurried
  bool close = false;                       // the connection ends behind this answer
};

}  // namespace weir::embedded::broker::api
