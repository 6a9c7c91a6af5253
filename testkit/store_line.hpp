// StoreLine: a process's client of a store of the world. Private to this folder.
#pragma once

#include "connectors/eventstoredb/fake.hpp"
#include "testkit/lifeline.hpp"

#include <memory>
#include <string>

namespace weir::testkit {

// Lifetime: the store's outlives it. Executor: the world's. Cancellation: terminal.
// Errors: the store's; unavailable when the process is dead.
class StoreLine final : public connectors::eventstoredb::StoreClient {
 public:
  StoreLine(connectors::eventstoredb::FakeStore& store, std::shared_ptr<Lifeline> line)
      : store_(store), line_(std::move(line)) {}

  Task<Result<connectors::eventstoredb::AppendOutcome>> append(
      std::string stream, connectors::eventstoredb::ExpectedRevision expected,
      std::span<const connectors::eventstoredb::NewEvent> events) override;
  Task<Result<connectors::eventstoredb::StreamPage>> read_stream(std::string stream,
                                                                 connectors::eventstoredb::StreamStart from,
                                                                 connectors::eventstoredb::ReadDirection direction,
                                                                 std::uint64_t count) override;
  Task<Result<connectors::eventstoredb::AllPage>> read_all(connectors::eventstoredb::AllStart from,
                                                           connectors::eventstoredb::ReadDirection direction,
                                                           std::uint64_t count) override;
  Task<Result<void>> delete_stream(std::string stream, connectors::eventstoredb::ExpectedRevision expected) override;
  Task<Result<void>> tombstone_stream(std::string stream, connectors::eventstoredb::ExpectedRevision expected) override;
  Task<Result<connectors::eventstoredb::ServerInfo>> server_info() override;
  std::string display() const override { return store_.display(); }
  // The store is the world's and stays open: only this client of it is closed.
  void close() override { closed_ = true; }

 private:
  // Whether a call may be made at all.
  std::optional<Error> refusal() const;

  connectors::eventstoredb::FakeStore& store_;
  const std::shared_ptr<Lifeline> line_;
  bool closed_ = false;
};

}  // namespace weir::testkit
