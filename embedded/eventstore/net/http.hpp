// What the store's port answers over HTTP/1.1, beside gRPC: health and ping.
#pragma once

#include "pipeline/http/options.hpp"
#include "pipeline/http/router.hpp"

#include <functional>

namespace weir::embedded::eventstore {

// `ready`: is the store serving?
http::Router make_http_routes(std::function<bool()> ready);

// Every connection carries one request. `patience`: with a peer that says nothing, or says it slowly.
http::Options http_options(Duration patience, std::size_t connections);

}  // namespace weir::embedded::eventstore
