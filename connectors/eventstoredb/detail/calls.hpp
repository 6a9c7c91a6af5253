// The calls that are not BatchAppend: unary ones, Append and Read. Each owns itself until it is done.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "connectors/eventstoredb/detail/answer.hpp"
#include "connectors/eventstoredb/detail/status.hpp"
#include "connectors/eventstoredb/detail/transport.hpp"
#include "connectors/eventstoredb/detail/wire.hpp"

#include <memory>
#include <vector>

namespace weir::connectors::eventstoredb::detail {

// What every call keeps until it is done.
//
// Lifetime: the call's; declared first in it, so that it is destroyed last. Executor: any thread.
struct CallScope {
  explicit CallScope(Transport& owner);
  // To be called once, when grpc is done with the call.
  void done(const grpc::Status& status);
  Error error(const grpc::Status& status, CallKind kind) const { return error_of(status, *context, kind, link->peer); }

  const TransportUse transport;  // first: link and context refer to the channel
  std::shared_ptr<Link> link;
  std::shared_ptr<grpc::ClientContext> context;
};

// Cancels the call when its waiter is cancelled.
template <class T>
std::shared_ptr<Answer<T>> make_answer(const CallScope& scope) {
  auto answer = std::make_shared<Answer<T>>();
  answer->on_abandon = [context = scope.context] {
    context->TryCancel();
  };
  return answer;
}

// Each starts a call at once; its answer comes within the deadline, whatever the server does.
std::shared_ptr<Answer<AppendOutcome>> start_append(Transport& transport, const std::string& stream,
                                                    const ExpectedRevision& expected, std::span<const NewEvent> events);

// All that one Read call gave.
struct ReadAnswer {
  bool stream_found = true;
  bool cut = false;  // ended by us: more than fits into memory at once
  std::vector<RecordedEvent> events;
};
std::shared_ptr<Answer<ReadAnswer>> start_read(Transport& transport, wire_streams::ReadReq request);

std::shared_ptr<Answer<ServerInfo>> start_server_info(Transport& transport);

struct Done {};
std::shared_ptr<Answer<Done>> start_delete(Transport& transport, const std::string& stream,
                                           const ExpectedRevision& expected);
std::shared_ptr<Answer<Done>> start_tombstone(Transport& transport, const std::string& stream,
                                              const ExpectedRevision& expected);

}  // namespace weir::connectors::eventstoredb::detail
