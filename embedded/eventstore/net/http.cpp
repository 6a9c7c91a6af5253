#include "embedded/eventstore/net/http.hpp"

namespace weir::embedded::eventstore {

using http::Response;

namespace {

// An append, and what a JSON array has around it: ids and names, which are most of it where events are small. The events
// themselves are measured when they are read.
constexpr std::size_t kBodyBytes = std::size_t{2} << 20;

}  // namespace

http::Router make_http_routes(std::function<bool()> ready, http::Handler append) {
  http::Router routes;
  const http::Handler not_ready =
      http::at_once([](const http::Request&) { return Response::text(503, "not ready\n"); });
  routes.add_folder("/streams/", [ready, append = std::move(append), not_ready](http::Request request) {
    return ready() ? append(std::move(request)) : not_ready(std::move(request));
  });
  routes.add("GET", "/health/live", http::at_once([ready = std::move(ready)](const http::Request&) {
               return ready() ? Response::text(204, "") : Response::text(503, "not ready\n");
             }));
  routes.add("GET", "/ping", http::at_once([](const http::Request&) {
               Response pong;
               pong.content_type = "application/json";  // clients parse it
               pong.body = R"({"text":"Ping request successfully handled"})";
               return pong;
             }));
  routes.set_not_found(
      "There is nothing at this path. This is weir's event store: streams are read and written over gRPC by the "
      "clients of\n"
      "EventStoreDB and KurrentDB, with a connection string such as esdb://HOST:PORT?tls=false. Over HTTP/1.1 it "
      "answers\n"
      "POST /streams/NAME, GET /health/live and GET /ping.\n");
  return routes;
}

http::Options http_options(Duration patience, std::size_t connections) {
  http::Options out;
  out.about = "This port speaks gRPC (HTTP/2) and a little HTTP/1.1.";
  out.limits.body_bytes = kBodyBytes;
  out.limits.connections = connections;
  out.limits.requests = 1;
  out.limits.arrival = patience;
  out.limits.idle = patience;
  out.limits.sending = patience;
  return out;
}

}  // namespace weir::embedded::eventstore
