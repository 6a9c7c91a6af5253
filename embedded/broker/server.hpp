// The embedded broker: one durable node that Kafka's clients take for a real one. Read this file first.
//
// From the wire down: net (listener, connections, TLS, SASL) → dispatch → api/* (one file per family of requests) →
// topics, groups → storage (segments of wire bytes). wire/ holds the codec, generated from wire/messages.txt.
#pragma once

#include "embedded/broker/storage/partition_log.hpp"
#include "pipeline/base/clock.hpp"
#include "pipeline/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::embedded::broker {

// Lifetime: start() .. stop() or destructor. Executor: owns its threads (one for all requests, one for the disk); the
// methods may be called from any other thread. Cancellation: stop() takes no new requests, finishes what was accepted,
// syncs and closes the logs; it blocks for a few seconds at most. Errors: start() names what is in the way (port taken,
// directory in use, log damaged) and what to do; stop() says what could not be closed in order.
class Server {
 public:
  struct Tls {
    std::filesystem::path certificate;  // PEM, the chain
    std::filesystem::path key;          // PEM
  };
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9092;  // 0: any free one
    std::filesystem::path data_dir;
    // What clients are told to dial, "host[:port]"; empty: the address at which they reached the broker.
    std::string advertised;
    storage::Fsync fsync = storage::Fsync::always;
    Duration fsync_interval = std::chrono::seconds(1);  // with Fsync::interval
    std::int32_t default_partitions = 1;                // of topics that come into being by use, or ask for the default
    bool auto_create_topics = true;
    // SASL PLAIN: users and passwords; empty: nobody has to authenticate.
    std::map<std::string, std::string> users;
    std::optional<Tls> tls;  // on: every connection speaks TLS
    Duration initial_rebalance_delay = Duration::zero();
    std::size_t max_connections = 10'000;
    std::uint64_t request_memory = std::uint64_t{256} << 20;  // of all requests in work together
    Duration idle_timeout = std::chrono::minutes(10);
    bool repair = false;     // cut damaged logs instead of refusing to start
    Clock* clock = nullptr;  // the machine's when null
  };
  struct TopicSpec {
    std::string name;
    std::int32_t partitions = 1;
  };
  struct Stats {
    std::uint64_t connections = 0;  // open now
    std::uint64_t requests = 0;
    std::uint64_t bytes_in = 0;  // of record batches accepted
    std::uint64_t bytes_out = 0;
  };

  static Result<std::unique_ptr<Server>> start(Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  // "127.0.0.1:9092"
  std::string address() const;
  Stats stats() const;
  // Makes the topics that are not there yet; those that are stay as they are.
  Result<void> ensure_topics(const std::vector<TopicSpec>& specs);
  // Idempotent: later calls give the first one's answer. After an error nothing is lost that was acknowledged, but the
  // next start looks at the logs as after a crash.
  Result<void> stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::embedded::broker
