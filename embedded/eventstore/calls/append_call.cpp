// Streams.Append: one append per call, its events streamed in.
#include "embedded/eventstore/calls/calls.hpp"
#include "embedded/eventstore/calls/messages.hpp"
#include "embedded/eventstore/wire/errors.hpp"
#include "embedded/eventstore/wire/values.hpp"

#include <boost/asio/post.hpp>

namespace weir::embedded::eventstore {

namespace {

void write_conflict(const connectors::eventstoredb::ExpectedRevision& expected, Revision current,
                    streams::AppendResp& out) {
  using Kind = connectors::eventstoredb::ExpectedRevision::Kind;
  // Clients of before 20.6.1 look at the first set of fields, later ones at the second.
  streams::AppendResp::WrongExpectedVersion& wrong = *out.mutable_wrong_expected_version();
  if (current == kNoRevision) {
    wrong.mutable_no_stream_20_6_0();
    wrong.mutable_current_no_stream();
  } else {
    wrong.set_current_revision_20_6_0(static_cast<std::uint64_t>(current));
    wrong.set_current_revision(static_cast<std::uint64_t>(current));
  }
  switch (expected.kind()) {
    case Kind::any:
      wrong.mutable_any_20_6_0();
      wrong.mutable_expected_any();
      break;
    case Kind::stream_exists:
      wrong.mutable_stream_exists_20_6_0();
      wrong.mutable_expected_stream_exists();
      break;
    case Kind::no_stream:
      wrong.mutable_expected_no_stream();
      break;
    case Kind::exact:
      wrong.set_expected_revision_20_6_0(expected.revision());
      wrong.set_expected_revision(expected.revision());
      break;
  }
}

class AppendCall final : public grpc::ServerReadReactor<grpc::ByteBuffer>,
                         public std::enable_shared_from_this<AppendCall> {
 public:
  AppendCall(CallContext& context, grpc::CallbackServerContext& call, grpc::ByteBuffer& response)
      : context_(context), call_(call), response_bytes_(response) {}

  void start() {
    self_ = shared_from_this();
    StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (finished_) return;
    if (!ok) {
      // The client is done, or gone. That it is gone may be known a moment later than that nothing more comes, and half
      // an append must not be written: look again after everything that gRPC had to tell.
      boost::asio::post(context_.timers, [self = shared_from_this()] { self->submit(); });
      return;
    }
    if (!parse_message(incoming_, message_)) return finish(errors::unreadable_message());
    const grpc::Status status = has_options_ ? take_event() : take_options();
    if (!status.ok()) return finish(status);
    StartRead(&incoming_);
  }

  void OnDone() override { self_.reset(); }

 private:
  grpc::Status take_options() {
    if (!message_.has_options())
      return errors::invalid_argument("the first message of an append must hold its options");
    const streams::AppendReq::Options& options = message_.options();
    std::optional<std::string> name = wire::stream_name(options.has_stream_identifier(), options.stream_identifier());
    if (!name) return errors::invalid_argument("options.stream_identifier is missing or names no stream");
    const auto expected = wire::expected_of(options);
    if (!expected) return errors::invalid_argument("options needs one of revision, no_stream, any, stream_exists");
    has_options_ = true;
    request_.stream = std::move(*name);
    request_.expected = *expected;
    return grpc::Status::OK;
  }

  grpc::Status take_event() {
    if (!message_.has_proposed_message())
      return errors::invalid_argument("only the first message of an append may hold options");
    wire::Proposal proposal = wire::take_proposal(*message_.mutable_proposed_message());
    switch (proposal.defect) {
      case wire::Proposal::Defect::none:
        break;
      case wire::Proposal::Defect::no_id:
        return errors::invalid_argument("an event's id is missing, empty or no UUID");
      case wire::Proposal::Defect::no_type:
        return errors::invalid_argument("an event's type is empty");
      case wire::Proposal::Defect::missing_metadata:
        return errors::missing_required_metadata(call_);
    }
    bytes_ += proposal.event.size();
    if (bytes_ > kMaxAppendBytes) return errors::maximum_append_size_exceeded(call_, kMaxAppendBytes);
    request_.events.push_back(std::move(proposal.event));
    return grpc::Status::OK;
  }

  void submit() {
    if (call_.IsCancelled()) return finish(grpc::Status::CANCELLED);
    if (!has_options_) return finish(errors::invalid_argument("the append has no options"));
    stream_ = request_.stream;
    expected_ = request_.expected;
    request_.deadline = context_.store.clock().now() + kWriteTimeout;
    request_.done = [self = shared_from_this()](AppendResult result) {
      self->answer(result);
    };
    switch (context_.store.sequencer().submit(std::move(request_))) {
      case Sequencer::Submitted::queued:
        return;
      case Sequencer::Submitted::queue_full:
        return refuse(errors::too_busy());
      case Sequencer::Submitted::stopped:
        return refuse(errors::shutting_down());
    }
  }

  void refuse(const grpc::Status& status) {
    request_.done = nullptr;  // it holds us
    finish(status);
  }

  void answer(const AppendResult& result) {
    if (const auto* appended = std::get_if<Appended>(&result)) {
      write_success(*appended);
      succeed();
    } else if (const auto* wrong = std::get_if<WrongExpectedVersion>(&result)) {
      write_conflict(expected_, wrong->current, response_);
      succeed();
    } else if (std::holds_alternative<StreamTombstoned>(result)) {
      finish(errors::stream_deleted(call_, stream_));
    } else if (std::holds_alternative<TimedOut>(result)) {
      finish(errors::timed_out("the append"));
    } else {
      finish(errors::of(std::get<WriteFailed>(result).error));
    }
  }

  void write_success(const Appended& appended) {
    streams::AppendResp::Success& success = *response_.mutable_success();
    if (appended.revision == kNoRevision) {
      success.mutable_no_stream();
    } else {
      success.set_current_revision(static_cast<std::uint64_t>(appended.revision));
    }
    if (appended.position) {
      success.mutable_position()->set_commit_position(*appended.position);
      success.mutable_position()->set_prepare_position(*appended.position);
    } else {
      success.mutable_no_position();
    }
  }

  void succeed() {
    write_bytes(response_, response_bytes_);
    finish(grpc::Status::OK);
  }

  void finish(const grpc::Status& status) {
    finished_ = true;
    Finish(status);
  }

  CallContext& context_;
  grpc::CallbackServerContext& call_;
  grpc::ByteBuffer& response_bytes_;
  std::shared_ptr<AppendCall> self_;  // until OnDone

  // Used by one callback at a time.
  grpc::ByteBuffer incoming_;
  streams::AppendReq message_;
  streams::AppendResp response_;
  WriteRequest request_;
  std::string stream_;
  connectors::eventstoredb::ExpectedRevision expected_ = connectors::eventstoredb::ExpectedRevision::any();
  std::size_t bytes_ = 0;
  bool has_options_ = false;
  bool finished_ = false;
};

}  // namespace

grpc::ServerReadReactor<grpc::ByteBuffer>* start_append(CallContext& context, grpc::CallbackServerContext& call,
                                                        grpc::ByteBuffer& response) {
  const auto append = std::make_shared<AppendCall>(context, call, response);
  append->start();
  return append.get();
}

}  // namespace weir::embedded::eventstore
