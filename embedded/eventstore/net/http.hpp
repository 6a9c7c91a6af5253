// What the store's port answers over HTTP/1.1, beside gRPC: health, ping, and what is posted to streams.
#pragma once

#include "pipeline/http/options.hpp"
#include "pipeline/http/router.hpp"

#include <functional>

namespace weir::embedded::eventstore {

// `ready`: is the store serving? `append`: answers what is below /streams/, once it is.
http::Router make_http_routes(std::function<bool()> ready, http::Handler append);

// Every connection carries one request. `patience`: with a peer that says nothing, or says it slowly.
http::Options http_options(Duration patience, std::size_t connections);

}  // namespace weir::embedded::eventstore
