// Streams.Delete and Streams.Tombstone.
#include "embedded/eventstore/calls/calls.hpp"
#include "embedded/eventstore/calls/messages.hpp"
#include "embedded/eventstore/wire/errors.hpp"
#include "embedded/eventstore/wire/values.hpp"

namespace weir::embedded::eventstore {

namespace {

template <class Response>
void answer(grpc::CallbackServerContext& call, const std::string& stream,
            const connectors::eventstoredb::ExpectedRevision& expected, const AppendResult& result,
            grpc::ByteBuffer& response_bytes, grpc::ServerUnaryReactor& reactor) {
  if (const auto* done = std::get_if<Appended>(&result)) {
    Response response;
    if (done->position) {
      response.mutable_position()->set_commit_position(*done->position);
      response.mutable_position()->set_prepare_position(*done->position);
    } else {
      response.mutable_no_position();
    }
    write_bytes(response, response_bytes);
    reactor.Finish(grpc::Status::OK);
  } else if (const auto* wrong = std::get_if<WrongExpectedVersion>(&result)) {
    reactor.Finish(errors::wrong_expected_version(call, stream, expected, wrong->current));
  } else if (std::holds_alternative<StreamTombstoned>(result)) {
    reactor.Finish(errors::stream_deleted(call, stream));
  } else if (std::holds_alternative<TimedOut>(result)) {
    reactor.Finish(errors::timed_out("the delete"));
  } else {
    reactor.Finish(errors::of(std::get<WriteFailed>(result).error));
  }
}

template <class Request, class Response>
grpc::ServerUnaryReactor* start(CallContext& context, grpc::CallbackServerContext& call, WriteKind kind,
                                const grpc::ByteBuffer& request_bytes, grpc::ByteBuffer& response) {
  grpc::ServerUnaryReactor* reactor = call.DefaultReactor();
  const auto refuse = [&](const grpc::Status& status) {
    reactor->Finish(status);
    return reactor;
  };
  grpc::ByteBuffer bytes = request_bytes;  // the same bytes: parsing takes them away
  Request request;
  if (!parse_message(bytes, request)) return refuse(errors::unreadable_message());
  const auto& options = request.options();
  const std::optional<std::string> name =
      wire::stream_name(options.has_stream_identifier(), options.stream_identifier());
  if (!name) return refuse(errors::invalid_argument("options.stream_identifier is missing or names no stream"));
  if (is_metastream(*name)) return refuse(errors::invalid_argument("metadata streams cannot be deleted"));
  const auto expected = wire::expected_of(options);
  if (!expected)
    return refuse(errors::invalid_argument("options needs one of revision, no_stream, any, stream_exists"));

  WriteRequest write;
  write.kind = kind;
  write.stream = *name;
  write.expected = *expected;
  write.deadline = context.store.clock().now() + kWriteTimeout;
  write.done = [&call, name = *name, expected = *expected, &response, reactor](AppendResult result) {
    answer<Response>(call, name, expected, result, response, *reactor);
  };
  switch (context.store.sequencer().submit(std::move(write))) {
    case Sequencer::Submitted::queued:
      return reactor;
    case Sequencer::Submitted::queue_full:
      return refuse(errors::too_busy());
    case Sequencer::Submitted::stopped:
      return refuse(errors::shutting_down());
  }
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* start_delete(CallContext& context, grpc::CallbackServerContext& call,
                                       const grpc::ByteBuffer& request, grpc::ByteBuffer& response) {
  return start<streams::DeleteReq, streams::DeleteResp>(context, call, WriteKind::soft_delete, request, response);
}

grpc::ServerUnaryReactor* start_tombstone(CallContext& context, grpc::CallbackServerContext& call,
                                          const grpc::ByteBuffer& request, grpc::ByteBuffer& response) {
  return start<streams::TombstoneReq, streams::TombstoneResp>(context, call, WriteKind::tombstone, request, response);
}

}  // namespace weir::embedded::eventstore
