#include "embedded/eventstore/wire/errors.hpp"

namespace weir::embedded::eventstore::errors {

namespace {

// The wire's numbers for what a client expects of a stream.
std::string expected_number(const ExpectedRevision& expected) {
  switch (expected.kind()) {
    case ExpectedRevision::Kind::any:
      return "-2";
    case ExpectedRevision::Kind::stream_exists:
      return "-4";
    case ExpectedRevision::Kind::no_stream:
      return "-1";
    case ExpectedRevision::Kind::exact:
      return std::to_string(expected.revision());
  }
  return "-2";
}

void add(grpc::ServerContextBase& context, const std::string& name, std::string_view value) {
  context.AddTrailingMetadata(name, trailer_value(value));
}

}  // namespace

std::string trailer_value(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '%') {
      out.push_back(c);
    } else if (c == ' ' && !out.empty()) {
      out.push_back(c);
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string wrong_expected_version_text(std::string_view stream, const ExpectedRevision& expected, Revision current) {
  return "Append failed due to WrongExpectedVersion. Stream: " + std::string(stream) +
         ", Expected version: " + expected_number(expected) + ", Actual version: " + std::to_string(current);
}

std::string stream_deleted_text(std::string_view stream) {
  return "Event stream '" + std::string(stream) + "' is deleted.";
}

grpc::Status invalid_argument(const std::string& message) {
  return {grpc::StatusCode::INVALID_ARGUMENT, message};
}

grpc::Status unreadable_message() {
  return invalid_argument(
      "a message of this call cannot be parsed, and nothing of it was stored; often a text in it is no valid UTF-8, "
      "such "
      "as an event type that ends in half a surrogate pair");
}

grpc::Status stream_deleted(grpc::ServerContextBase& context, std::string_view stream) {
  add(context, "exception", "stream-deleted");
  add(context, "stream-name", stream);
  return {grpc::StatusCode::FAILED_PRECONDITION, stream_deleted_text(stream)};
}

grpc::Status wrong_expected_version(grpc::ServerContextBase& context, std::string_view stream,
                                    const ExpectedRevision& expected, Revision current) {
  add(context, "exception", "wrong-expected-version");
  add(context, "stream-name", stream);
  add(context, "expected-version", expected_number(expected));
  add(context, "actual-version", std::to_string(current));
  return {grpc::StatusCode::FAILED_PRECONDITION, wrong_expected_version_text(stream, expected, current)};
}

grpc::Status maximum_append_size_exceeded(grpc::ServerContextBase& context, std::size_t limit) {
  add(context, "exception", "maximum-append-size-exceeded");
  add(context, "maximum-append-size", std::to_string(limit));
  return {grpc::StatusCode::INVALID_ARGUMENT, "Maximum Append Size of " + std::to_string(limit) + " Exceeded."};
}

grpc::Status missing_required_metadata(grpc::ServerContextBase& context) {
  add(context, "exception", "missing-required-metadata-property");
  add(context, "required-metadata-properties", "type,content-type");
  return {grpc::StatusCode::INVALID_ARGUMENT, "Required Metadata Property 'type' or 'content-type' is missing"};
}

grpc::Status no_persistent_subscriptions(grpc::ServerContextBase& context) {
  add(context, "exception", "persistent-subscription-does-not-exist");
  add(context, "stream-name", "");
  add(context, "group-name", "");
  return {grpc::StatusCode::NOT_FOUND,
          "there are no persistent subscriptions: weir's event store does not have them yet"};
}

grpc::Status timed_out(std::string_view doing) {
  return {grpc::StatusCode::ABORTED,
          "Operation timed out: " + std::string(doing) + " was not written; send it again with the same ids"};
}

grpc::Status too_busy() {
  return {grpc::StatusCode::UNAVAILABLE, "Server Is Too Busy"};
}

grpc::Status shutting_down() {
  return {grpc::StatusCode::UNAVAILABLE, "Server Is Shutting Down"};
}

grpc::Status of(const Error& error) {
  switch (error.code()) {
    case Errc::invalid_argument:
      return {grpc::StatusCode::INVALID_ARGUMENT, error.message()};
    case Errc::unsupported:
      return {grpc::StatusCode::UNIMPLEMENTED, error.message()};
    case Errc::corrupt:
      return {grpc::StatusCode::DATA_LOSS, error.message()};
    case Errc::io:
    case Errc::unavailable:
      return {grpc::StatusCode::UNAVAILABLE, error.message()};
    default:
      return {grpc::StatusCode::INTERNAL, error.message()};
  }
}

}  // namespace weir::embedded::eventstore::errors
