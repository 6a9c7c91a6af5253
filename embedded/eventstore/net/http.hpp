// The little HTTP/1.1 that stands on the store's port beside gRPC: health and ping.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::embedded::eventstore {

// The answer to the head of a request, complete with its own head. Every connection carries one request.
std::string answer_http(std::string_view request_head, bool ready);

// Serves one request on a socket, then closes it. Given up after `timeout`, whatever the peer does or does not do.
//
// Lifetime: owns itself until the connection is closed; then `closed` is called. Executor: the socket's, which must be
// of one thread. Cancellation: closing the io_context. Errors: none; a peer that talks nonsense gets 400, one that
// talks too long gets 431.
void serve_http(boost::asio::ip::tcp::socket socket, std::chrono::nanoseconds timeout, std::function<bool()> ready,
                std::function<void()> closed);

}  // namespace weir::embedded::eventstore
