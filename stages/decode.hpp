// decode: turns the bytes of a record into a DomainEvent, or into a failure that says what is wrong with them.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/stage.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace weir::stages {

enum class DecodeFormat { json };
enum class EnvelopeKind { domain_event };
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
  static constexpr std::array<std::pair<std::string_view, weir::stages::EnvelopeKind>, 1> names{
      {{"domain_event", weir::stages::EnvelopeKind::domain_event}}};
};

template <>
struct weir::config::EnumNames<weir::stages::TombstonePolicy> {
  static constexpr std::array<std::pair<std::string_view, weir::stages::TombstonePolicy>, 3> names{
      {{"drop", weir::stages::TombstonePolicy::drop},
       {"fail", weir::stages::TombstonePolicy::fail},
       {"pass", weir::stages::TombstonePolicy::pass}}};
};
