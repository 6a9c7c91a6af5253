// Observed: what a run of pipelines has brought about, as far as a test can speak of it.
#pragma once

#include "pipeline/base/clock.hpp"
#include "pipeline/base/metrics.hpp"
#include "pipeline/base/units.hpp"
#include "pipeline/config/node.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::testkit {

// A named part of an output. Nothing = Kafka's null.
struct Field {
  std::string name;
  std::optional<std::string> bytes;
};

// One thing that a pipeline wrote: an event of a stream, a record of a topic, a line of a file; or a message that a sink
// took which keeps nothing.
struct Output {
  enum class Kind : std::uint8_t { event, record, line, message };
  Kind kind = Kind::event;
  std::string place;  // the stream, topic or file; of a message the sink
  std::string sink;   // who wrote it; empty: nobody knows
  std::vector<Field> fields;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;

  // The field of that name, or nullptr.
  const Field* find(std::string_view name) const;
};

// "stream", "topic", "file", "sink": what the place of an output of that kind is.
std::string_view place_word(Output::Kind kind);
// What an output of that kind is called: "event", "record", "line", "message".
std::string_view item_word(Output::Kind kind);
// The fields that a test may speak of, in the order they are shown.
const std::vector<std::string_view>& field_names(Output::Kind kind);

// What happened to one record of the input, in order.
struct Journey {
  struct Step {
    Duration at{};  // since the run began
    std::string what;
    bool trouble = false;  // dropped, failed, sent again
  };
  std::string message;  // "orders/0 @ 3"
  std::string key;      // empty: none, or no text
  std::vector<Step> steps;
  bool trouble() const;
};

struct SeenMetric {
  std::string name;
  Labels labels;
  double value = 0;  // in the unit of its name, as /metrics has it
};

struct Observed {
  std::vector<Output> outputs;  // in the order they were written
  std::map<std::pair<std::string, Partition>, Offset> committed;
  std::map<std::string, std::uint64_t> dropped;  // by reason
  std::uint64_t duplicates = 0;                  // sinks had them already
  std::vector<Duration> retries;                 // when a message was sent again, since the run began
  std::vector<SeenMetric> metrics;
  Duration elapsed{};  // virtual
  std::vector<Journey> journeys;
  std::optional<std::string> failure;     // why the pipeline ended by itself
  std::optional<std::string> unfinished;  // why something was left to do when the time was up
  // Faults of the test that never struck.
  struct Unused {
    config::Mark mark;
    std::string what;
  };
  std::vector<Unused> unused;
};

}  // namespace weir::testkit
