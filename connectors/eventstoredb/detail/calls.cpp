#include "connectors/eventstoredb/detail/calls.hpp"

namespace weir::connectors::eventstoredb::detail {
namespace {

namespace features = event_store::client::server_features;

// A page above this is handed over as it is; the caller reads on from there.
constexpr std::size_t kMostPageBytes = 32 * 1024 * 1024;

// The Append call: the options, then one message per event, one answer.
class AppendCall final : public grpc::ClientWriteReactor<wire_streams::AppendReq> {
 public:
  AppendCall(Transport& transport, std::vector<wire_streams::AppendReq> messages)
      : scope_(transport), messages_(std::move(messages)), answer_(make_answer<AppendOutcome>(scope_)) {}

  std::shared_ptr<Answer<AppendOutcome>> start() {
    std::shared_ptr<Answer<AppendOutcome>> answer = answer_;
    scope_.link->streams->async()->Append(scope_.context.get(), &response_, this);
    write_next();
    StartCall();
    return answer;
  }

 private:
  void write_next() {
    grpc::WriteOptions options;
    const std::size_t index = next_++;
    if (next_ == messages_.size()) options.set_last_message();
    StartWrite(&messages_[index], options);
  }
  void OnWriteDone(bool ok) override {
    if (ok && next_ < messages_.size()) write_next();
  }
  void OnDone(const grpc::Status& status) override {
    scope_.done(status);
    if (status.ok()) {
      answer_->set(read_append_answer(response_, scope_.link->peer));
    } else {
      answer_->set(scope_.error(status, CallKind::write));
    }
    delete this;
  }

  CallScope scope_;
  std::vector<wire_streams::AppendReq> messages_;
  std::size_t next_ = 0;
  wire_streams::AppendResp response_;
  std::shared_ptr<Answer<AppendOutcome>> answer_;
};

class ReadCall final : public grpc::ClientReadReactor<wire_streams::ReadResp> {
 public:
  ReadCall(Transport& transport, wire_streams::ReadReq request)
      : scope_(transport), request_(std::move(request)), answer_(make_answer<ReadAnswer>(scope_)) {}

  std::shared_ptr<Answer<ReadAnswer>> start() {
    std::shared_ptr<Answer<ReadAnswer>> answer = answer_;
    scope_.link->streams->async()->Read(scope_.context.get(), &request_, this);
    StartRead(&response_);
    StartCall();
    return answer;
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_event() && response_.event().has_event()) {
      RecordedEvent event;
      whole_ = whole_ && read_event(response_.event(), event);
      bytes_ += event.data.size() + event.metadata.size() + sizeof event;
      result_.events.push_back(std::move(event));
    } else if (response_.has_stream_not_found()) {
      result_.stream_found = false;
    }
    // A server may send more than it was asked for: it is cut off just as a page that grows too large.
    result_.cut = bytes_ > kMostPageBytes || result_.events.size() > request_.options().count();
    if (result_.cut) {
      scope_.context->TryCancel();
    } else {
      StartRead(&response_);
    }
  }
  void OnDone(const grpc::Status& status) override {
    scope_.done(status);
    if (!whole_) {
      answer_->set(Error(Errc::internal, scope_.link->peer + " sent an event without a valid id"));
    } else if (status.ok() || result_.cut) {
      answer_->set(std::move(result_));
    } else {
      answer_->set(scope_.error(status, CallKind::read));
    }
    delete this;
  }

  CallScope scope_;
  wire_streams::ReadReq request_;
  wire_streams::ReadResp response_;
  ReadAnswer result_;
  std::size_t bytes_ = 0;
  bool whole_ = true;
  std::shared_ptr<Answer<ReadAnswer>> answer_;
};

ServerInfo read_info(const features::SupportedMethods& in) {
  ServerInfo info;
  info.version = in.event_store_server_version();
  for (const features::SupportedMethod& method : in.methods()) {
    info.batch_append |=
        method.method_name() == "batchappend" && method.service_name() == "event_store.client.streams.streams";
  }
  return info;
}

// What Delete and Tombstone have in common.
template <class Request, class Response>
struct EndStreamCall {
  explicit EndStreamCall(Transport& transport) : scope(transport) {}
  CallScope scope;
  Request request;
  Response response;
  std::shared_ptr<Answer<Done>> answer;

  void finished(const grpc::Status& status) {
    scope.done(status);
    if (status.ok()) {
      answer->set(Done{});
    } else {
      answer->set(scope.error(status, CallKind::write));
    }
  }
};

template <class Call>
std::shared_ptr<Call> make_end_call(Transport& transport, const std::string& stream, const ExpectedRevision& expected) {
  auto call = std::make_shared<Call>(transport);
  call->answer = make_answer<Done>(call->scope);
  write_target(stream, expected, *call->request.mutable_options());
  return call;
}

}  // namespace

CallScope::CallScope(Transport& owner)
    : transport(owner), link(transport->link()), context(std::make_shared<grpc::ClientContext>()) {
  transport->prepare_with_deadline(*context);
  transport->track(context);
}

void CallScope::done(const grpc::Status& status) {
  transport->untrack(context);
  if (status.ok()) return;
  // A follower says so with NOT_FOUND; to us it is a host that cannot serve.
  const auto& trailers = context->GetServerTrailingMetadata();
  const auto exception = trailers.find("exception");
  const bool not_leader = exception != trailers.end() && exception->second == "not-leader";
  transport->failed(link, not_leader ? grpc::StatusCode::UNAVAILABLE : status.error_code());
}

std::shared_ptr<Answer<AppendOutcome>> start_append(Transport& transport, const std::string& stream,
                                                    const ExpectedRevision& expected,
                                                    std::span<const NewEvent> events) {
  // Deletes itself in OnDone.
  return (new AppendCall(transport, make_append(stream, expected, events)))->start();
}

std::shared_ptr<Answer<ReadAnswer>> start_read(Transport& transport, wire_streams::ReadReq request) {
  return (new ReadCall(transport, std::move(request)))->start();
}

std::shared_ptr<Answer<ServerInfo>> start_server_info(Transport& transport) {
  struct Call {
    explicit Call(Transport& owner) : scope(owner) {}
    CallScope scope;
    event_store::client::Empty request;
    features::SupportedMethods response;
    std::shared_ptr<Answer<ServerInfo>> answer;
  };
  auto call = std::make_shared<Call>(transport);
  call->answer = make_answer<ServerInfo>(call->scope);
  call->scope.link->features->async()->GetSupportedMethods(
      call->scope.context.get(), &call->request, &call->response, [call](const grpc::Status& status) {
        call->scope.done(status);
        if (status.ok()) {
          ServerInfo info = read_info(call->response);
          call->scope.transport->remember_info(call->scope.link, info);
          call->answer->set(std::move(info));
        } else if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED ||
                   status.error_code() == grpc::StatusCode::NOT_FOUND) {
          call->scope.transport->remember_info(call->scope.link, ServerInfo{});  // an old server, with no features
          call->answer->set(ServerInfo{});
        } else {
          call->answer->set(call->scope.error(status, CallKind::read));
        }
      });
  return call->answer;
}

std::shared_ptr<Answer<Done>> start_delete(Transport& transport, const std::string& stream,
                                           const ExpectedRevision& expected) {
  using Call = EndStreamCall<wire_streams::DeleteReq, wire_streams::DeleteResp>;
  const auto call = make_end_call<Call>(transport, stream, expected);
  call->scope.link->streams->async()->Delete(call->scope.context.get(), &call->request, &call->response,
                                             [call](const grpc::Status& status) { call->finished(status); });
  return call->answer;
}

std::shared_ptr<Answer<Done>> start_tombstone(Transport& transport, const std::string& stream,
                                              const ExpectedRevision& expected) {
  using Call = EndStreamCall<wire_streams::TombstoneReq, wire_streams::TombstoneResp>;
  const auto call = make_end_call<Call>(transport, stream, expected);
  call->scope.link->streams->async()->Tombstone(call->scope.context.get(), &call->request, &call->response,
                                                [call](const grpc::Status& status) { call->finished(status); });
  return call->answer;
}

}  // namespace weir::connectors::eventstoredb::detail
