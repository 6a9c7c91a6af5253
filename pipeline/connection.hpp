// Connection: a named, shared client (a broker, a store) of the `connections:` block.
#pragma once

#include "pipeline/base/result.hpp"
#include "pipeline/base/task.hpp"
#include "pipeline/connection_check.hpp"
#include "pipeline/description.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir {

// Lifetime: owned by the Supervisor under its name, shared by the components that use it; open() .. close().
// Executor: open and close on the supervisor's executor; what a concrete connection offers besides says its own.
// Cancellation: terminal. Errors: open() fails only for settings that can never work; a peer that is away is retried
// later, by use.
class Connection {
 public:
  virtual ~Connection() = default;
  // Called by the supervisor before open(): the topics and streams at this connection that the enabled pipelines read
  // or write. Opens nothing.
  virtual void expect(const std::vector<Use>&) {}
  // Called again after an error that may pass.
  virtual Task<Result<void>> open() = 0;
  virtual Task<void> close() = 0;
  // Called by `weir check`, once, in the place of open(): asks the server whether all that is needed is there and lets
  // weir in, one line for each thing. Makes and changes nothing there; ends soon after the request's patience. Without
  // an own one, a connection says that it cannot be asked.
  virtual Task<std::vector<CheckLine>> check(CheckRequest request);
};

// A server started inside this process because a connection said `embedded`.
//
// Lifetime: from start to stop(). Executor: stop() blocks; call it from the blocking pool or at exit.
class EmbeddedServer {
 public:
  virtual ~EmbeddedServer() = default;
  // What a client dials: "esdb://127.0.0.1:2113?tls=false", "127.0.0.1:9092".
  virtual std::string address() const = 0;
  virtual void stop() = 0;
};

// Starts an embedded server with its data below `data_dir`. Blocks until it serves or cannot.
using StartEmbedded = std::function<Result<std::shared_ptr<EmbeddedServer>>(const std::filesystem::path& data_dir)>;

}  // namespace weir
