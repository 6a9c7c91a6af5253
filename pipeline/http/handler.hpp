// What answers requests.
#pragma once

#include "pipeline/base/task.hpp"
#include "pipeline/http/message.hpp"

#include <functional>

namespace weir::http {

// Called by a connection for each request, on the server's executor: one at a time for one connection, any number at a
// time for all of them. The answer goes back whatever its status. Cancelled (terminal) when it takes longer than
// Limits::handling, which the peer is told with 503, and when a stop's deadline is over. An exception is a bug and
// becomes 500.
using Handler = std::function<Task<Response>(Request)>;

// A handler that has nothing to wait for.
Handler at_once(std::function<Response(const Request&)> answer);

}  // namespace weir::http
