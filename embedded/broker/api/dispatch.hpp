// dispatch: from the bytes of a request to its handler, and from the handler's answer to bytes.
#pragma once

#include "embedded/broker/api/node.hpp"
#include "embedded/broker/net/response_queue.hpp"
#include "embedded/broker/session.hpp"

#include <memory>
#include <string_view>

namespace weir::embedded::broker::api {

// Handles one request (header and body). False when the connection must end: the bytes are no request, or of a version
// that has no answer the client could read (Kafka closes, too), or the client has not authenticated.
bool dispatch(Node& node, Session& session, std::string_view frame, const std::shared_ptr<net::ResponseSlot>& slot);

}  // namespace weir::embedded::broker::api
