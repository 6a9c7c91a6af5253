#include "embedded/eventstore/calls/batch_answers.hpp"

#include "embedded/eventstore/wire/errors.hpp"

namespace weir::embedded::eventstore {

namespace {

using wire::streams::BatchAppendReq;
using wire::streams::BatchAppendResp;

void set_error(google::rpc::Code code, const std::string& text, const google::protobuf::Message& details,
               BatchAppendResp& out) {
  google::rpc::Status& status = *out.mutable_error();
  status.set_code(code);
  status.set_message(text);
  status.mutable_details()->PackFrom(details);
}

void set_success(const Appended& appended, BatchAppendResp& out) {
  BatchAppendResp::Success& success = *out.mutable_success();
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

void set_conflict(Revision current, BatchAppendResp& out) {
  wire::proto::WrongExpectedVersion details;
  auto expected = wire::ExpectedRevision::any();
  if (current == kNoRevision) {
    details.mutable_current_no_stream();
  } else {
    details.set_current_stream_revision(static_cast<std::uint64_t>(current));
  }
  switch (out.expected_stream_position_case()) {
    case BatchAppendResp::kNoStream:
      details.mutable_expected_no_stream();
      expected = wire::ExpectedRevision::no_stream();
      break;
    case BatchAppendResp::kStreamExists:
      details.mutable_expected_stream_exists();
      expected = wire::ExpectedRevision::stream_exists();
      break;
    case BatchAppendResp::kStreamPosition:
      details.set_expected_stream_position(out.stream_position());
      expected = wire::ExpectedRevision::exact(out.stream_position());
      break;
    default:
      details.mutable_expected_any();
      break;
  }
  const std::string text =
      errors::wrong_expected_version_text(out.stream_identifier().stream_name(), expected, current);
  set_error(google::rpc::ALREADY_EXISTS, text, details, out);
}

}  // namespace

BatchAppendResp answer_for(const wire::proto::UUID& correlation_id, const BatchAppendReq::Options& options) {
  BatchAppendResp out;
  *out.mutable_correlation_id() = correlation_id;  // in the form it came in: clients look it up by that
  out.mutable_stream_identifier()->set_stream_name(options.stream_identifier().stream_name());
  switch (options.expected_stream_position_case()) {
    case BatchAppendReq::Options::kStreamPosition:
      out.set_stream_position(options.stream_position());
      break;
    case BatchAppendReq::Options::kNoStream:
      out.mutable_no_stream();
      break;
    case BatchAppendReq::Options::kAny:
      out.mutable_any();
      break;
    case BatchAppendReq::Options::kStreamExists:
      out.mutable_stream_exists();
      break;
    default:
      break;
  }
  return out;
}

void set_result(const AppendResult& result, BatchAppendResp& out) {
  if (const auto* appended = std::get_if<Appended>(&result)) {
    set_success(*appended, out);
  } else if (const auto* wrong = std::get_if<WrongExpectedVersion>(&result)) {
    set_conflict(wrong->current, out);
  } else if (std::holds_alternative<StreamTombstoned>(result)) {
    const std::string& stream = out.stream_identifier().stream_name();
    wire::proto::StreamDeleted details;
    details.mutable_stream_identifier()->set_stream_name(stream);
    set_error(google::rpc::NOT_FOUND, errors::stream_deleted_text(stream), details, out);
  } else if (std::holds_alternative<TimedOut>(result)) {
    set_timeout(out);
  } else {
    set_unavailable(std::get<WriteFailed>(result).error.message(), out);
  }
}

void set_timeout(BatchAppendResp& out) {
  set_error(google::rpc::DEADLINE_EXCEEDED, "Timeout", wire::proto::Timeout(), out);
}

void set_too_large(std::size_t limit, BatchAppendResp& out) {
  wire::proto::MaximumAppendSizeExceeded details;
  details.set_maxappendsize(static_cast<std::uint32_t>(limit));
  set_error(google::rpc::INVALID_ARGUMENT, "Maximum Append Size of " + std::to_string(limit) + " Exceeded.", details,
            out);
}

void set_bad_request(const std::string& why, BatchAppendResp& out) {
  wire::proto::BadRequest details;
  details.set_message(why);
  set_error(google::rpc::INVALID_ARGUMENT, why, details, out);
}

void set_unavailable(const std::string& why, BatchAppendResp& out) {
  set_error(google::rpc::UNAVAILABLE, why, wire::proto::Unknown(), out);
}

}  // namespace weir::embedded::eventstore
