// dedupe: drops a message whose id was seen before, without ever losing the only copy.
#pragma once

#include "pipeline/config/spec.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/topology/registry.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::stages {

// What becomes of a message whose id was seen before with other content.
enum class OnConflict { dead_letter, drop, pass };
// What makes two messages with one id the same.
enum class SameBy { bytes, json, data };

struct DedupeConfig {
  std::string key = "event_id";
  Duration window = std::chrono::hours(24);
  std::size_t max_entries = 1'000'000;  // of the pipeline; each lane has its equal share
  OnConflict on_conflict = OnConflict::dead_letter;
  SameBy compare = SameBy::bytes;
  std::vector<std::string> ignore;  // JSON pointers into the payload
  bool durable = false;
};

Spec<DedupeConfig> dedupe_spec();
Result<std::unique_ptr<Stage>> make_dedupe(const DedupeConfig& config, BuildContext& context);

}  // namespace weir::stages

template <>
struct weir::config::EnumNames<weir::stages::OnConflict> {
  using OnConflict = weir::stages::OnConflict;
  static constexpr std::array<std::pair<std::string_view, OnConflict>, 3> names{
      {{"dead_letter", OnConflict::dead_letter}, {"drop", OnConflict::drop}, {"pass", OnConflict::pass}}};
};

template <>
struct weir::config::EnumNames<weir::stages::SameBy> {
  using SameBy = weir::stages::SameBy;
  static constexpr std::array<std::pair<std::string_view, SameBy>, 3> names{
      {{"bytes", SameBy::bytes}, {"json", SameBy::json}, {"data", SameBy::data}}};
};
