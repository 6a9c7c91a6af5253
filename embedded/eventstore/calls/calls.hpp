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

grpc::ServerWriteReactor<streams::ReadResp>* start_read(CallContext& context, grpc::CallbackServerContext& call,
                                                        const streams::ReadReq& request);
grpc::ServerReadReactor<streams::AppendReq>* start_append(CallContext& context, grpc::CallbackServerContext& call,
                                                          streams::AppendResp& response);
grpc::ServerBidiReactor<streams::BatchAppendReq, streams::BatchAppendResp>* start_batch_append(CallContext& context);
grpc::ServerUnaryReactor* start_delete(CallContext& context, grpc::CallbackServerContext& call,
                                       const streams::DeleteReq& request, streams::DeleteResp& response);
grpc::ServerUnaryReactor* start_tombstone(CallContext& context, grpc::CallbackServerContext& call,
                                          const streams::TombstoneReq& request, streams::TombstoneResp& response);

}  // namespace weir::embedded::eventstore
