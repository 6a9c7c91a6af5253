// POST /streams/NAME: appends over HTTP/1.1, with the headers and the bodies of EventStoreDB's AtomPub interface. Reading
// over HTTP is not there.
#pragma once

#include "embedded/eventstore/store.hpp"
#include "pipeline/http/handler.hpp"

namespace weir::embedded::eventstore {

// Paths below this are append_over_http's.
inline constexpr const char* kStreamsPath = "/streams/";

// One event: its data as the body (application/json, application/octet-stream), its type and id in the headers
// ES-EventType and ES-EventId; without an id the answer is 307 to a path that holds a new one, so that the request can be
// repeated safely. Several: an array (application/vnd.eventstore.events+json) of {eventId, eventType, data, metadata}.
// What is expected of the stream stands in ES-ExpectedVersion: a revision, -1 (no stream), -2 (any), -4 (it exists).
//
// 201 with Location when it is written, 400 with ES-CurrentVersion when the stream is not where it was expected, 410
// when it is tombstoned. Called by the front door, on its thread; the store outlives the call.
Task<http::Response> append_over_http(Store& store, http::Request request);

// The request's part of it, apart from the store: what to append, or the answer.
struct HttpAppend {
  std::optional<http::Response> refusal;
  std::string path;  // of the stream
  WriteRequest write;
};
HttpAppend read_http_append(const http::Request& request);

}  // namespace weir::embedded::eventstore
