// The embedded event store: one durable node that clients of
// EventStoreDB and KurrentDB take for a real one. Read this file first.
//
// From the wire down: net/ (one port) → calls/ (gRPC) → reads/ → log/ (the sequencer, RocksDB); wire/ translates.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace weir::embedded::eventstore {

// Lifetime: start() .. stop() or destructor. Executor: owns its threads; the methods may be called from any thread.
// Cancellation: stop() takes no new calls, finishes the writes that were accepted, ends subscriptions, then closes the
// store; it blocks for a few seconds at most. Errors: start() names what is in the way (port taken, directory in use or
// damaged) and what to do.
class Server {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 2113;  // 0: any free one
    std::filesystem::path data_dir;
    bool sync = true;              // false: a crash of the machine may lose acknowledged events
    std::string advertised_host;   // in gossip; empty: what the client dialled
    const Clock* clock = nullptr;  // the machine's when null
  };
  struct Stats {
    std::uint64_t appends = 0;        // requests that were decided
    std::uint64_t events = 0;         // written since the start
    std::uint64_t subscriptions = 0;  // open now
    std::uint64_t acknowledged = 0;   // successes of BatchAppend that were given to the transport
  };

  static Result<std::unique_ptr<Server>> start(Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  // A connection string: "esdb://127.0.0.1:2113?tls=false".
  std::string address() const;
  // After stop(): as they were when the last call had ended.
  Stats stats() const;
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::embedded::eventstore
