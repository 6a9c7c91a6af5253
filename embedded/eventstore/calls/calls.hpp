// The calls of the Streams service: one function per method, each
// starting a reactor that owns itself. Private: includes gRPC.
#pragma once

#include "embedded/eventstore/calls/live_calls.hpp"
#include "embedded/eventstore/store.hpp"
#include "proto/streams.grpc.pb.h"

#include <boost/asio/any_io_executor.hpp>

namespace weir::embedded::eventstore {

// What a call works with; outlives all calls.
struct CallContext {
  Store& store;
  LiveCalls& calls;
  boost::asio::any_io_executor disk;    // for reads: these may block
  boost::asio::any_io_executor timers;  // never blocked
};

namespace streams = event_store::client::streams;

// All of them take and give bytes: see messages.hpp.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* start_read(CallContext& context,
                                                                        grpc::CallbackServerContext& call);
grpc::ServerReadReactor<grpc::ByteBuffer>* start_append(CallContext& context, grpc::CallbackServerContext& call,
                                                        grpc::ByteBuffer& response);
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* start_batch_append(CallContext& context);
grpc::ServerUnaryReactor* start_delete(CallContext& context, grpc::CallbackServerContext& call,
                                       const grpc::ByteBuffer& request, grpc::ByteBuffer& response);
grpc::ServerUnaryReactor* start_tombstone(CallContext& context, grpc::CallbackServerContext& call,
                                          const grpc::ByteBuffer& request, grpc::ByteBuffer& response);

}  // namespace weir::embedded::eventstore
