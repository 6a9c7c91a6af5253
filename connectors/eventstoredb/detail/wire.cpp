#include "connectors/eventstoredb/detail/wire.hpp"

#include "connectors/eventstoredb/detail/status.hpp"

#include <charconv>

namespace weir::connectors::eventstoredb::detail {
namespace {

using wire_streams::AppendReq;
using wire_streams::BatchAppendReq;
using wire_streams::ReadReq;

constexpr const char* kJson = "application/json";
constexpr const char* kBinary = "application/octet-stream";

template <class Proposed>
void write_event(const NewEvent& event, Proposed& out) {
  write_uuid(event.id, *out.mutable_id());
  (*out.mutable_metadata())["type"] = std::string(event.type);
  (*out.mutable_metadata())["content-type"] = event.json ? kJson : kBinary;
  out.set_custom_metadata(event.metadata.data(), event.metadata.size());
  out.set_data(event.data.data(), event.data.size());
}

void write_options(const std::string& stream, const ExpectedRevision& expected, Duration deadline,
                   BatchAppendReq::Options& out) {
  out.mutable_stream_identifier()->set_stream_name(stream);
  switch (expected.kind()) {
    case ExpectedRevision::Kind::any:
      out.mutable_any();
      break;
    case ExpectedRevision::Kind::stream_exists:
      out.mutable_stream_exists();
      break;
    case ExpectedRevision::Kind::no_stream:
      out.mutable_no_stream();
      break;
    case ExpectedRevision::Kind::exact:
      out.set_stream_position(expected.revision());
      break;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(deadline);
  out.mutable_deadline()->set_seconds(seconds.count());
  out.mutable_deadline()->set_nanos(static_cast<std::int32_t>((deadline - seconds).count()));
}

// "created" counts 100 ns ticks since 1970.
WallTime read_created(const std::string& text) {
  std::int64_t ticks = 0;
  std::from_chars(text.data(), text.data() + text.size(), ticks);
  return WallTime(std::chrono::milliseconds(ticks / 10'000));
}

template <class Options>
void write_read_options(ReadDirection direction, std::uint64_t count, Options& options) {
  options.set_read_direction(direction == ReadDirection::forwards ? ReadReq::Options::Forwards
                                                                  : ReadReq::Options::Backwards);
  options.set_count(count);
  options.mutable_no_filter();
  options.mutable_uuid_option()->mutable_structured();
  options.mutable_control_option()->set_compatibility(1);
}

}  // namespace

void write_uuid(const Uuid& id, wire::UUID& out) {
  out.mutable_structured()->set_most_significant_bits(static_cast<std::int64_t>(id.high));
  out.mutable_structured()->set_least_significant_bits(static_cast<std::int64_t>(id.low));
}

std::optional<Uuid> read_uuid(const wire::UUID& in) {
  switch (in.value_case()) {
    case wire::UUID::kStructured:
      return Uuid{static_cast<std::uint64_t>(in.structured().most_significant_bits()),
                  static_cast<std::uint64_t>(in.structured().least_significant_bits())};
    case wire::UUID::kString:
      return Uuid::parse(in.string());
    case wire::UUID::VALUE_NOT_SET:
      break;
  }
  return std::nullopt;
}

std::vector<std::unique_ptr<BatchAppendReq>> make_batch(const Uuid& correlation, const std::string& stream,
                                                        const ExpectedRevision& expected,
                                                        std::span<const NewEvent> events, Duration deadline) {
  std::vector<std::unique_ptr<BatchAppendReq>> messages;
  const auto add_message = [&]() -> BatchAppendReq& {
    messages.push_back(std::make_unique<BatchAppendReq>());
    write_uuid(correlation, *messages.back()->mutable_correlation_id());
    return *messages.back();
  };
  BatchAppendReq* message = &add_message();
  write_options(stream, expected, deadline, *message->mutable_options());
  std::size_t bytes = 0;
  for (const NewEvent& event : events) {
    if (bytes > 0 && bytes + event.size() > kMessageTarget) {
      message = &add_message();
      bytes = 0;
    }
    write_event(event, *message->add_proposed_messages());
    bytes += event.size();
  }
  message->set_is_final(true);
  return messages;
}

std::vector<AppendReq> make_append(const std::string& stream, const ExpectedRevision& expected,
                                   std::span<const NewEvent> events) {
  std::vector<AppendReq> messages(1 + events.size());
  write_target(stream, expected, *messages[0].mutable_options());
  for (std::size_t i = 0; i < events.size(); ++i) write_event(events[i], *messages[i + 1].mutable_proposed_message());
  return messages;
}

Result<AppendOutcome> read_batch_answer(const wire_streams::BatchAppendResp& answer, const std::string& peer) {
  using Resp = wire_streams::BatchAppendResp;
  if (answer.result_case() == Resp::kError) return read_batch_error(answer.error(), peer);
  if (answer.result_case() != Resp::kSuccess)
    return Error(Errc::unknown_outcome, peer + " answered an append with nothing at all");
  const Resp::Success& success = answer.success();
  Appended appended;
  if (success.current_revision_option_case() == Resp::Success::kCurrentRevision)
    appended.revision = success.current_revision();
  if (success.position_option_case() == Resp::Success::kPosition) {
    appended.position = LogPosition{success.position().commit_position(), success.position().prepare_position()};
  }
  return AppendOutcome(appended);
}

Result<AppendOutcome> read_append_answer(const wire_streams::AppendResp& answer, const std::string& peer) {
  using Resp = wire_streams::AppendResp;
  if (answer.result_case() == Resp::kWrongExpectedVersion) {
    const Resp::WrongExpectedVersion& wrong = answer.wrong_expected_version();
    RevisionConflict conflict;
    if (wrong.current_revision_option_case() == Resp::WrongExpectedVersion::kCurrentRevision) {
      conflict.actual = wrong.current_revision();
    }
    return AppendOutcome(conflict);
  }
  if (answer.result_case() != Resp::kSuccess)
    return Error(Errc::unknown_outcome, peer + " answered an append with nothing at all");
  const Resp::Success& success = answer.success();
  Appended appended;
  if (success.current_revision_option_case() == Resp::Success::kCurrentRevision)
    appended.revision = success.current_revision();
  if (success.position_option_case() == Resp::Success::kPosition) {
    appended.position = LogPosition{success.position().commit_position(), success.position().prepare_position()};
  }
  return AppendOutcome(appended);
}

bool read_event(const wire_streams::ReadResp::ReadEvent& in, RecordedEvent& out) {
  const auto& event = in.event();
  const std::optional<Uuid> id = read_uuid(event.id());
  if (!id.has_value()) return false;
  out.id = *id;
  out.stream = event.stream_identifier().stream_name();
  out.revision = event.stream_revision();
  out.position = {event.commit_position(), event.prepare_position()};
  const auto field = [&event](const char* name) {
    const auto found = event.metadata().find(name);
    return found == event.metadata().end() ? std::string() : found->second;
  };
  out.type = field("type");
  out.json = field("content-type") == kJson;
  out.created = read_created(field("created"));
  out.data = event.data();
  out.metadata = event.custom_metadata();
  return true;
}

ReadReq make_read(const std::string& stream, StreamStart from, ReadDirection direction, std::uint64_t count) {
  ReadReq request;
  ReadReq::Options& options = *request.mutable_options();
  options.mutable_stream()->mutable_stream_identifier()->set_stream_name(stream);
  switch (from.kind) {
    case StreamStart::Kind::start:
      options.mutable_stream()->mutable_start();
      break;
    case StreamStart::Kind::end:
      options.mutable_stream()->mutable_end();
      break;
    case StreamStart::Kind::revision:
      options.mutable_stream()->set_revision(from.revision);
      break;
  }
  write_read_options(direction, count, options);
  return request;
}

ReadReq make_read_all(AllStart from, ReadDirection direction, std::uint64_t count) {
  ReadReq request;
  ReadReq::Options& options = *request.mutable_options();
  switch (from.kind) {
    case AllStart::Kind::start:
      options.mutable_all()->mutable_start();
      break;
    case AllStart::Kind::end:
      options.mutable_all()->mutable_end();
      break;
    case AllStart::Kind::position:
      options.mutable_all()->mutable_position()->set_commit_position(from.position.commit);
      options.mutable_all()->mutable_position()->set_prepare_position(from.position.prepare);
      break;
  }
  write_read_options(direction, count, options);
  return request;
}

}  // namespace weir::connectors::eventstoredb::detail
