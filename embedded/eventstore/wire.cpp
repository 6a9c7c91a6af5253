#include "embedded/eventstore/wire.hpp"

namespace weir::embedded::eventstore::wire {

namespace {

void write_event(RecordedEvent&& event, UuidForm form, streams::ReadResp::ReadEvent::RecordedEvent& out) {
  write_uuid(event.id, form, *out.mutable_id());
  out.mutable_stream_identifier()->set_stream_name(std::move(event.stream));
  out.set_stream_revision(static_cast<std::uint64_t>(event.revision));
  out.set_commit_position(event.position);
  out.set_prepare_position(event.position);
  auto& metadata = *out.mutable_metadata();
  metadata["type"] = std::move(event.type);
  metadata["created"] = std::to_string(event.created);
  metadata["content-type"] = event.is_json ? "application/json" : "application/octet-stream";
  out.set_custom_metadata(std::move(event.metadata));
  out.set_data(std::move(event.data));
}

}  // namespace

std::optional<Uuid> parse_uuid(const proto::UUID& id) {
  switch (id.value_case()) {
    case proto::UUID::kStructured:
      return Uuid{static_cast<std::uint64_t>(id.structured().most_significant_bits()),
                  static_cast<std::uint64_t>(id.structured().least_significant_bits())};
    case proto::UUID::kString:
      return Uuid::parse(id.string());
    default:
      return std::nullopt;
  }
}

void write_uuid(const Uuid& id, UuidForm form, proto::UUID& out) {
  if (form == UuidForm::text) {
    out.set_string(id.str());
    return;
  }
  out.mutable_structured()->set_most_significant_bits(static_cast<std::int64_t>(id.high));
  out.mutable_structured()->set_least_significant_bits(static_cast<std::int64_t>(id.low));
}

std::optional<std::string> stream_name(bool given, const proto::StreamIdentifier& identifier) {
  if (!given || is_unwritable_name(identifier.stream_name())) return std::nullopt;
  return identifier.stream_name();
}

void write_message(ReadMessage&& message, UuidForm form, const std::string& label, streams::ReadResp& out) {
  out.Clear();
  switch (message.kind) {
    case ReadMessage::Kind::event: {
      streams::ReadResp::ReadEvent& event = *out.mutable_event();
      event.set_commit_position(message.event.original().position);
      if (message.event.event) write_event(std::move(*message.event.event), form, *event.mutable_event());
      if (message.event.link) write_event(std::move(*message.event.link), form, *event.mutable_link());
      return;
    }
    case ReadMessage::Kind::confirmation:
      out.mutable_confirmation()->set_subscription_id(label);
      return;
    case ReadMessage::Kind::checkpoint:
      out.mutable_checkpoint()->set_commit_position(message.value);
      out.mutable_checkpoint()->set_prepare_position(message.value);
      return;
    case ReadMessage::Kind::caught_up:
      out.mutable_caught_up();
      return;  // empty in the version that is reported
    case ReadMessage::Kind::stream_not_found:
      out.mutable_stream_not_found()->mutable_stream_identifier()->set_stream_name(label);
      return;
    case ReadMessage::Kind::first_stream_position:
      out.set_first_stream_position(message.value);
      return;
    case ReadMessage::Kind::last_stream_position:
      out.set_last_stream_position(message.value);
      return;
  }
}

std::optional<ExpectedRevision> expected_of(const streams::BatchAppendReq::Options& options) {
  using Options = streams::BatchAppendReq::Options;
  switch (options.expected_stream_position_case()) {
    case Options::kAny:
      return ExpectedRevision::any();
    case Options::kNoStream:
      return ExpectedRevision::no_stream();
    case Options::kStreamExists:
      return ExpectedRevision::stream_exists();
    case Options::kStreamPosition:
      if (options.stream_position() >= static_cast<std::uint64_t>(kDeletedRevision)) return std::nullopt;
      return ExpectedRevision::exact(options.stream_position());
    default:
      return std::nullopt;
  }
}

}  // namespace weir::embedded::eventstore::wire
