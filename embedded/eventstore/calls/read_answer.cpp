#include "embedded/eventstore/calls/read_answer.hpp"

namespace weir::embedded::eventstore {

namespace {

void write_event(RecordedEvent&& event, wire::UuidForm form, wire::streams::ReadResp::ReadEvent::RecordedEvent& out) {
  wire::write_uuid(event.id, form, *out.mutable_id());
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

void write_message(ReadMessage&& message, wire::UuidForm form, const std::string& label, wire::streams::ReadResp& out) {
  out.Clear();
  switch (message.kind) {
    case ReadMessage::Kind::event: {
      wire::streams::ReadResp::ReadEvent& event = *out.mutable_event();
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

}  // namespace weir::embedded::eventstore
