// What has happened, per pipeline: for `--summary`, the live display and the admin port.
#pragma once

#include "pipeline/engine/commit_book.hpp"
#include "pipeline/engine/runner.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct PipelineSummary {
  std::string name;
  std::string state;                 // "running", "waiting", "paused", "draining", "stopped", "failed", "disabled"
  std::vector<std::string> reasons;  // why it is paused or has failed
  bool paused_by_request = false;    // of a person; its reasons say nothing of that
  bool assigned = true;              // the group has given us our share, be it empty
  std::string waiting_for;           // why not, where that is known
  std::string last_source_error;
  std::string config_hash;
  std::uint64_t consumed = 0;
  std::uint64_t written = 0;
  std::uint64_t duplicates = 0;  // the sink had them already: nothing was written, nothing is missing
  std::uint64_t dead_lettered = 0;
  std::uint64_t retried = 0;
  std::uint64_t gone_unread = 0;  // records that retention took before they were read
  std::uint64_t in_flight = 0;
  std::uint64_t unsettled = 0;
  std::uint64_t leaked_acks = 0;
  std::map<std::string, std::uint64_t> dropped;          // by reason
  std::map<std::string, std::uint64_t> errors_by_class;  // messages that failed or had to be sent again
  std::map<std::string, std::uint64_t> counters;         // what stages count besides, by the metric's name
  std::vector<PartitionStatus> partitions;
  double seconds = 0;         // since it was started
  double active_seconds = 0;  // from the first message read to the last settled
  std::uint64_t longest_gap_us = 0;
  std::uint64_t latency_p50_us = 0;
  std::uint64_t latency_p99_us = 0;

  std::uint64_t dropped_in_all() const;
  // While it was active; nothing for less than a tenth of a second, of which any rate would be a figure that never happened.
  std::optional<double> consumed_per_second() const;
  std::optional<double> written_per_second() const;
};

struct ConnectionSummary {
  std::string name;
  std::string kind;  // "kafka"
  bool open = false;
  std::string error;  // why it could not be opened the last time, while it is not
};

struct Summary {
  std::vector<PipelineSummary> pipelines;
  std::vector<ConnectionSummary> connections;
};

// From the runner's status and what it has counted.
PipelineSummary summarize(const Runner& runner);

// One JSON document, ended by a line feed.
std::string render_json(const Summary& summary);
std::string render_json(const PipelineSummary& pipeline);

}  // namespace weir
