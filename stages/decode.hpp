// decode: turns the bytes of a record into a DomainEvent, or into a failure that says what is wrong with them.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/text/times.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace weir::stages {

enum class DecodeFormat { json };
enum class EnvelopeKind {
  domain_event,
  cloudevents,
  debezium_outbox,
  spring_cloud_stream,
  axon,
  masstransit,
  nservicebus
};
enum class EventIdForm {
  any,   // a text that is no UUID gives one that is made of it
  uuid,  // any other text is a data error
};
enum class BadValue {
  fail,  // a data error
  keep,  // the event goes on without the field; the value is kept beside it as it came
};
// How the record's key becomes a text.
enum class KeyFormat { text, int32, int64, uuid, hex };
enum class Framing { none, confluent };
enum class Unwrap { none, connect };
enum class TombstonePolicy {
  drop,  // counted under "tombstone"
  fail,  // a data error
  pass,  // goes on undecoded, with what the headers say
};

struct DecodeConfig {
  DecodeFormat format = DecodeFormat::json;
  EnvelopeKind envelope = EnvelopeKind::domain_event;
  // Field → "/json/pointer", "header:NAME" or "key". Not empty: stands in the envelope's place.
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::string> required{"event_type"};
  EventIdForm event_id = EventIdForm::any;
  std::string timezone = "UTC";
  text::TimeUnit times = text::TimeUnit::by_size;
  BadValue invalid_time = BadValue::fail;
  BadValue on_bad_field = BadValue::fail;
  KeyFormat key_format = KeyFormat::text;
  Framing framing = Framing::none;
  Unwrap unwrap = Unwrap::none;
  std::vector<std::string> json_text;  // "data", "key", "value"
  TombstonePolicy tombstone = TombstonePolicy::drop;
  Bytes max_payload = 16_MiB;
};

Spec<DecodeConfig> decode_spec();

// `kernel`: a simdjson kernel by name, for tests; empty = the best of this machine.
std::unique_ptr<Stage> make_decode(const DecodeConfig& config, std::string_view kernel = {});

}  // namespace weir::stages

template <>
struct weir::config::EnumNames<weir::stages::DecodeFormat> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::DecodeFormat>, 1> names{
      {{"json", weir::stages::DecodeFormat::json}}};
};

template <>
struct weir::config::EnumNames<weir::stages::EnvelopeKind> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::EnvelopeKind>, 7> names{
      {{"domain_event", weir::stages::EnvelopeKind::domain_event},
       {"cloudevents", weir::stages::EnvelopeKind::cloudevents},
       {"debezium_outbox", weir::stages::EnvelopeKind::debezium_outbox},
       {"spring_cloud_stream", weir::stages::EnvelopeKind::spring_cloud_stream},
       {"axon", weir::stages::EnvelopeKind::axon},
       {"masstransit", weir::stages::EnvelopeKind::masstransit},
       {"nservicebus", weir::stages::EnvelopeKind::nservicebus}}};
};

template <>
struct weir::config::EnumNames<weir::stages::EventIdForm> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::EventIdForm>, 2> names{
      {{"any", weir::stages::EventIdForm::any}, {"uuid", weir::stages::EventIdForm::uuid}}};
};

template <>
struct weir::config::EnumNames<weir::text::TimeUnit> {
  static constexpr std::array<std::pair<std::string_view, weir::text::TimeUnit>, 5> names{
      {{"auto", weir::text::TimeUnit::by_size},
       {"seconds", weir::text::TimeUnit::seconds},
       {"milliseconds", weir::text::TimeUnit::milliseconds},
       {"microseconds", weir::text::TimeUnit::microseconds},
       {"nanoseconds", weir::text::TimeUnit::nanoseconds}}};
};

template <>
struct weir::config::EnumNames<weir::stages::BadValue> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::BadValue>, 2> names{
      {{"fail", weir::stages::BadValue::fail}, {"keep", weir::stages::BadValue::keep}}};
};

template <>
struct weir::config::EnumNames<weir::stages::KeyFormat> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::KeyFormat>, 5> names{
      {{"text", weir::stages::KeyFormat::text},
       {"int32", weir::stages::KeyFormat::int32},
       {"int64", weir::stages::KeyFormat::int64},
       {"uuid", weir::stages::KeyFormat::uuid},
       {"hex", weir::stages::KeyFormat::hex}}};
};

template <>
struct weir::config::EnumNames<weir::stages::Framing> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::Framing>, 2> names{
      {{"none", weir::stages::Framing::none}, {"confluent", weir::stages::Framing::confluent}}};
};

template <>
struct weir::config::EnumNames<weir::stages::Unwrap> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::Unwrap>, 2> names{
      {{"none", weir::stages::Unwrap::none}, {"connect", weir::stages::Unwrap::connect}}};
};

template <>
struct weir::config::EnumNames<weir::stages::TombstonePolicy> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::TombstonePolicy>, 3> names{
      {{"drop", weir::stages::TombstonePolicy::drop},
       {"fail", weir::stages::TombstonePolicy::fail},
       {"pass", weir::stages::TombstonePolicy::pass}}};
};
