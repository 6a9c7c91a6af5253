// BatchCall: the one BatchAppend call of a connection. Many appends in flight, answers matched by correlation id.
#pragma once

#include "connectors/eventstoredb/client.hpp"
#include "connectors/eventstoredb/detail/answer.hpp"
#include "connectors/eventstoredb/detail/transport_use.hpp"
#include "connectors/eventstoredb/detail/wire.hpp"
#include "proto/streams.grpc.pb.h"

#include <absl/container/flat_hash_map.h>
#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace weir::connectors::eventstoredb::detail {

// From its first append to the break of its connection; then dead, and every append still out has an unknown outcome.
//
// Lifetime: keeps itself alive while the call runs. Executor: any thread. Cancellation: cancel() ends the call.
// Errors: told to each append. An append without an answer ends at its deadline; a call on which nothing at all was
// answered for that long is broken off, so that the next append opens a fresh one.
class BatchCall final : public grpc::ClientBidiReactor<wire_streams::BatchAppendReq, wire_streams::BatchAppendResp>,
                        public std::enable_shared_from_this<BatchCall> {
 public:
  using AppendAnswer = std::shared_ptr<Answer<AppendOutcome>>;
  // Called once, when the call has ended, before the appends under way are told.
  using OnEnd = std::function<void(const BatchCall&)>;

  BatchCall(Transport& transport, std::string peer, Duration deadline, OnEnd on_end);

  grpc::ClientContext& context() { return context_; }  // to be prepared before start()
  void start(wire_streams::Streams::Stub& stub);
  // False: the call has ended, nothing was sent and the answer will not come from here.
  bool submit(const Uuid& correlation, std::vector<std::unique_ptr<wire_streams::BatchAppendReq>> messages,
              AppendAnswer answer);
  bool ended();
  void cancel() { context_.TryCancel(); }

 private:
  using Request = std::unique_ptr<wire_streams::BatchAppendReq>;
  struct Pending {
    AppendAnswer answer;
    std::int64_t deadline_ms = 0;
    bool sent = false;  // at least one of its messages
  };
  struct Outgoing {
    Uuid correlation;
    Request message;
  };

  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  void write_next();
  void arm_alarm();
  void on_alarm();

  const TransportUse use_;  // first: the context refers to the channel
  const std::string peer_;
  const std::int64_t deadline_ms_;
  OnEnd on_end_;
  grpc::ClientContext context_;
  wire_streams::BatchAppendResp response_;
  std::shared_ptr<BatchCall> self_;  // from start() to OnDone

  std::mutex mutex_;  // guards all below; never held across a call into grpc or an answer
  std::deque<Outgoing> queue_;
  Request writing_;  // being sent
  absl::flat_hash_map<Uuid, Pending> pending_;
  std::shared_ptr<grpc::Alarm> alarm_;  // armed while anything is pending
  std::int64_t last_answer_ms_ = 0;
  bool started_ = false;  // what is submitted before waits in the queue
  bool ended_ = false;
};

}  // namespace weir::connectors::eventstoredb::detail
