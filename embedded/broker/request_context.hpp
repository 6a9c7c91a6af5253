// Who asks, and how the answer goes back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::embedded::broker {

// What a handler may know about a request beside its fields. The views live as long as the call.
struct RequestContext {
  std::int16_t version = 0;
  std::string_view client_id;    // empty when the client gave none
  std::string_view client_host;  // "/127.0.0.1", as Kafka writes it
  // Where this client reached the broker: what Metadata and FindCoordinator tell it to dial.
  std::string_view advertised_host;
  std::int32_t advertised_port = 0;
};

// Answers one request, once, now or later, on the broker's thread. The connection may be gone by then: the answer is
// dropped. A request is a view of its frame and dies with the handler's call: copy what is needed later.
template <class Response>
using Reply = std::function<void(Response)>;

// The broker's one node.
inline constexpr std::int32_t kNodeId = 1;

}  // namespace weir::embedded::broker
