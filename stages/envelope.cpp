#include "stages/envelope.hpp"

#include <algorithm>

namespace weir::stages {
namespace {

// CloudEvents 1.0; correlationid and causationid are documented extensions. Structured: all of it in the payload.
constexpr PlacedField kCloudEventMembers[] = {{"id", Field::event_id},
                                              {"type", Field::event_type},
                                              {"subject", Field::aggregate_id},
                                              {"time", Field::occurred_on},
                                              {"data", Field::data},
                                              {"correlationid", Field::correlation_id},
                                              {"causationid", Field::causation_id}};
// Binary, as the Kafka protocol binding has it: attributes are headers, the payload is the data.
constexpr PlacedField kCloudEventHeaders[] = {{"ce_id", Field::event_id},
                                              {"ce_type", Field::event_type},
                                              {"ce_subject", Field::aggregate_id},
                                              {"ce_time", Field::occurred_on},
                                              {"ce_correlationid", Field::correlation_id},
                                              {"ce_causationid", Field::causation_id}};

// The outbox event router puts the id into a header and whatever else it is told to.
constexpr PlacedField kOutboxHeaders[] = {{"id", Field::event_id},
                                          {"eventType", Field::event_type},
                                          {"event_type", Field::event_type},
                                          {"type", Field::event_type},
                                          {"aggregateType", Field::aggregate_type},
                                          {"aggregate_type", Field::aggregate_type},
                                          {"aggregatetype", Field::aggregate_type},
                                          {"correlationId", Field::correlation_id},
                                          {"causationId", Field::causation_id}};

// Spring does not send its own id and time; Spring Kafka's serializer says the type. Headers of its own are JSON.
constexpr PlacedField kSpringHeaders[] = {{"event-id", Field::event_id},
                                          {"eventId", Field::event_id},
                                          {"event-type", Field::event_type},
                                          {"eventType", Field::event_type},
                                          {"__TypeId__", Field::event_type},
                                          {"aggregate-id", Field::aggregate_id},
                                          {"aggregateId", Field::aggregate_id},
                                          {"aggregate-type", Field::aggregate_type},
                                          {"aggregateType", Field::aggregate_type},
                                          {"correlation-id", Field::correlation_id},
                                          {"correlationId", Field::correlation_id},
                                          {"kafka_correlationId", Field::correlation_id},
                                          {"causation-id", Field::causation_id},
                                          {"causationId", Field::causation_id}};

constexpr PlacedField kAxonHeaders[] = {{"axon-message-id", Field::event_id},
                                        {"axon-message-type", Field::event_type},
                                        {"axon-message-aggregate-id", Field::aggregate_id},
                                        {"axon-message-aggregate-type", Field::aggregate_type},
                                        {"axon-message-aggregate-seq", Field::aggregate_version},
                                        {"axon-message-timestamp", Field::occurred_on},
                                        {"axon-metadata-traceId", Field::correlation_id},
                                        {"axon-metadata-correlationId", Field::causation_id}};

constexpr PlacedField kMassTransitMembers[] = {
    {"messageId", Field::event_id},           {"messageType", Field::event_type},   {"sentTime", Field::occurred_on},
    {"correlationId", Field::correlation_id}, {"initiatorId", Field::causation_id}, {"message", Field::data}};

// MassTransit's Kafka rider writes the message alone, and what would be in the envelope into headers: version 8 with the
// prefix, version 7 without. The sent time is the record's.
constexpr PlacedField kRiderHeaders[] = {
    {"MessageId", Field::event_id},          {"MT-MessageType", Field::event_type},
    {"MessageType", Field::event_type},      {"CorrelationId", Field::correlation_id},
    {"MT-InitiatorId", Field::causation_id}, {"InitiatorId", Field::causation_id}};
constexpr std::string_view kRiderKept[] = {"ConversationId", "RequestId", "SourceAddress"};

constexpr PlacedField kNServiceBusHeaders[] = {{"NServiceBus.MessageId", Field::event_id},
                                               {"NServiceBus.EnclosedMessageTypes", Field::event_type},
                                               {"NServiceBus.TimeSent", Field::occurred_on},
                                               {"NServiceBus.CorrelationId", Field::correlation_id},
                                               {"NServiceBus.RelatedTo", Field::causation_id}};

constexpr Envelope kDomainEvent{.domain_event = true};
constexpr Envelope kCloudEvent{.members = kCloudEventMembers, .id_scope = "source"};
constexpr Envelope kBinaryCloudEvent{
    .headers = kCloudEventHeaders, .payload_is_data = true, .id_scope = "ce_source", .kept_prefix = "ce_"};
constexpr Envelope kOutbox{.headers = kOutboxHeaders, .payload_is_data = true};
constexpr Envelope kSpring{.headers = kSpringHeaders, .payload_is_data = true};
constexpr Envelope kAxon{.headers = kAxonHeaders, .payload_is_data = true, .kept_prefix = "axon-"};
constexpr Envelope kMassTransit{.members = kMassTransitMembers, .type_in_list = "/messageType/0"};
constexpr Envelope kRider{.headers = kRiderHeaders,
                          .payload_is_data = true,
                          .kept_prefix = "MT-",
                          .kept_names = kRiderKept,
                          .type_ends_at = ";"};
constexpr Envelope kNServiceBus{
    .headers = kNServiceBusHeaders, .payload_is_data = true, .kept_prefix = "NServiceBus.", .type_ends_at = ",;"};

// Whether a header says that the payload's content type begins so (in small letters).
bool has_content_type(const Message& message, std::string_view beginning) {
  for (const std::string_view name : {"content-type", "Content-Type", "contentType"}) {
    const std::string_view type = message.header(name).value_or(std::string_view()).substr(0, beginning.size());
    const auto same = [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
    };
    if (std::equal(type.begin(), type.end(), beginning.begin(), beginning.end(), same)) return true;
  }
  return false;
}

// Where the payload is the whole event, headers of the binary form beside it are copies, or of whoever passed it on.
bool is_binary_cloud_event(const Message& message) {
  return message.header("ce_specversion").has_value() && !has_content_type(message, "application/cloudevents");
}

bool is_of_rider(const Message& message) {
  return message.header("MessageId").has_value() && !has_content_type(message, "application/vnd.masstransit");
}

}  // namespace

const Envelope& envelope_of(EnvelopeKind kind, const Message& message) {
  switch (kind) {
    case EnvelopeKind::domain_event:
      break;
    case EnvelopeKind::cloudevents:
      return is_binary_cloud_event(message) ? kBinaryCloudEvent : kCloudEvent;
    case EnvelopeKind::debezium_outbox:
      return kOutbox;
    case EnvelopeKind::spring_cloud_stream:
      return kSpring;
    case EnvelopeKind::axon:
      return kAxon;
    case EnvelopeKind::masstransit:
      return is_of_rider(message) ? kRider : kMassTransit;
    case EnvelopeKind::nservicebus:
      return kNServiceBus;
  }
  return kDomainEvent;
}

Field field_in(std::span<const PlacedField> table, std::string_view name) noexcept {
  for (const PlacedField& placed : table) {
    if (placed.name == name) return placed.field;
  }
  return Field::none;
}

}  // namespace weir::stages
