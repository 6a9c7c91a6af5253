// How long gRPC lives in a process that uses it.
#pragma once

namespace weir::proto {

// Keeps gRPC for as long as the process lives. Otherwise the end of the last channel or server ends it too, and in
// gRPC 1.51 waits for its poller of half-written messages: up to ten seconds after a large one, which is as long as
// many a supervisor gives a process that it stops. Any thread; to be called before the first channel or server is made.
void keep_grpc();

}  // namespace weir::proto
