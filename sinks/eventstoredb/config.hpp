// What the YAML of an `eventstoredb` sink says.
#pragma once

#include "pipeline/config/spec.hpp"
#include "sinks/eventstoredb/sink.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::sinks::eventstoredb {

struct SinkConfig {
  std::string connection;
  std::string stream = "{aggregate_type}-{aggregate_id}";
  std::vector<std::pair<std::string, std::string>> prefixes;
  std::string expected_revision = "any";
  SystemTypes system_types = SystemTypes::refuse;
  SharedStreams shared_streams = SharedStreams::refuse;
  OnConflict on_conflict = OnConflict::dead_letter;
  SameBy compare = SameBy::event;
  std::vector<std::string> ignore;
  std::uint32_t streams_in_flight = 256;
  Bytes max_append{1000 * 1024};
  std::uint32_t max_append_events = 500;
};

Spec<SinkConfig> sink_spec();
// `dead_letters`: the sink is the pipeline's `dlq`.
Result<SinkSettings> make_settings(const SinkConfig& config, bool dead_letters);

}  // namespace weir::sinks::eventstoredb

template <>
struct weir::config::EnumNames<weir::sinks::eventstoredb::SystemTypes> {
  using SystemTypes = weir::sinks::eventstoredb::SystemTypes;
  static constexpr std::array<std::pair<std::string_view, SystemTypes>, 2> names{
      {{"refuse", SystemTypes::refuse}, {"allow", SystemTypes::allow}}};
};

template <>
struct weir::config::EnumNames<weir::sinks::eventstoredb::SharedStreams> {
  using SharedStreams = weir::sinks::eventstoredb::SharedStreams;
  static constexpr std::array<std::pair<std::string_view, SharedStreams>, 2> names{
      {{"refuse", SharedStreams::refuse}, {"allow", SharedStreams::allow}}};
};

template <>
struct weir::config::EnumNames<weir::sinks::eventstoredb::OnConflict> {
  using OnConflict = weir::sinks::eventstoredb::OnConflict;
  static constexpr std::array<std::pair<std::string_view, OnConflict>, 2> names{
      {{"dead_letter", OnConflict::dead_letter}, {"drop", OnConflict::drop}}};
};

template <>
struct weir::config::EnumNames<weir::sinks::eventstoredb::SameBy> {
  using SameBy = weir::sinks::eventstoredb::SameBy;
  static constexpr std::array<std::pair<std::string_view, SameBy>, 2> names{
      {{"event", SameBy::event}, {"data", SameBy::data}}};
};
