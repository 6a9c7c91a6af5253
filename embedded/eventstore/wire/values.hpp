// Between protocol messages and the store's own values. Private: includes generated code.
#pragma once

#include "connectors/eventstoredb/append_rules.hpp"
#include "embedded/eventstore/log/event.hpp"
#include "proto/streams.pb.h"

namespace weir::embedded::eventstore::wire {

namespace proto = event_store::client;
namespace streams = event_store::client::streams;
using connectors::eventstoredb::ExpectedRevision;

// Both forms of a UUID are understood; no value for anything else.
std::optional<Uuid> parse_uuid(const proto::UUID& id);
enum class UuidForm { structured, text };
void write_uuid(const Uuid& id, UuidForm form, proto::UUID& out);

// The stream's name, or no value when it cannot be written to or read.
std::optional<std::string> stream_name(bool given, const proto::StreamIdentifier& identifier);

// A proposed event, taken out of its message.
struct Proposal {
  enum class Defect { none, no_id, missing_metadata, no_type };
  Defect defect = Defect::none;
  ProposedEvent event;
};
template <class Message>
Proposal take_proposal(Message& message);

// The expectation of Append, Delete and Tombstone; no value when it is not set or no revision.
template <class Options>
std::optional<ExpectedRevision> expected_of(const Options& options);
// The same of BatchAppend, whose fields have other names.
std::optional<ExpectedRevision> expected_of(const streams::BatchAppendReq::Options& options);

template <class Message>
Proposal take_proposal(Message& message) {
  Proposal out;
  const std::optional<Uuid> id = parse_uuid(message.id());
  if (!id || id->is_nil()) {
    out.defect = Proposal::Defect::no_id;
    return out;
  }
  const auto& metadata = message.metadata();
  const auto type = metadata.find("type");
  const auto content_type = metadata.find("content-type");
  if (type == metadata.end() || content_type == metadata.end()) {
    out.defect = Proposal::Defect::missing_metadata;
    return out;
  }
  if (type->second.empty()) {
    out.defect = Proposal::Defect::no_type;
    return out;
  }
  out.event.id = *id;
  out.event.type = type->second;
  out.event.is_json = content_type->second == "application/json";
  out.event.data = std::move(*message.mutable_data());
  out.event.metadata = std::move(*message.mutable_custom_metadata());
  return out;
}

template <class Options>
std::optional<ExpectedRevision> expected_of(const Options& options) {
  switch (options.expected_stream_revision_case()) {
    case Options::kAny:
      return ExpectedRevision::any();
    case Options::kNoStream:
      return ExpectedRevision::no_stream();
    case Options::kStreamExists:
      return ExpectedRevision::stream_exists();
    case Options::kRevision:
      if (options.revision() >= static_cast<std::uint64_t>(kDeletedRevision)) return std::nullopt;
      return ExpectedRevision::exact(options.revision());
    default:
      return std::nullopt;
  }
}

}  // namespace weir::embedded::eventstore::wire
